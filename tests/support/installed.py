"""The platform as installed on the cluster of KUBECONFIG, seen from a test."""

import base64
import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, cast

import boto3
import pytest
from api import ApiServer, kubectl, kubectl_json, wait

from tablepromise.request import model

KRATIX = "/apis/platform.kratix.io/v1alpha1"
TABLES = "/apis/dynamodb.services.k8s.aws/v1alpha1"
OURS = f"/apis/{model.API_VERSION}"
EMULATORS = {"moto": 5000, "localstack": 4566}

NAMESPACE = "tablepromise-e2e"
"""Where the tests order their tables."""

ELSEWHERE = "tablepromise-e2e-elsewhere"
"""A namespace that is deleted."""

SLOWEST = 300
"""Seconds after which whatever is waited for is held not to come."""


class Platform:
    """A cluster with everything installed."""

    def __init__(self, api: ApiServer, dynamodb: Callable[[str], Any]) -> None:
        self.api = api
        self._dynamodb = dynamodb

    @classmethod
    @contextmanager
    def reached(cls) -> Generator["Platform"]:
        """The platform; fails where there is none, and says so."""
        with ApiServer.reached() as api, ExitStack() as stack:
            if "items" not in api.send("GET", f"{OURS}/{model.PLURAL}"):
                pytest.fail(
                    "this cluster has no DynamoDBRequests: install the manifests of a target "
                    "first, as README.md says"
                )
            emulators = [
                name
                for name in EMULATORS
                if api.send("GET", f"/api/v1/namespaces/{name}/services/{name}")["kind"]
                == "Service"
            ]
            options: dict[str, Any] = {}  # real AWS, with the credentials of who runs the test
            for name in emulators:
                port = stack.enter_context(forwarded(name, name, EMULATORS[name]))
                options = {
                    "endpoint_url": f"http://127.0.0.1:{port}",
                    "aws_access_key_id": "emulator",
                    "aws_secret_access_key": "emulator",
                }
            yield cls(
                api,
                lambda region: cast(Any, boto3).client("dynamodb", region_name=region, **options),
            )

    def seen_by(self, api: ApiServer) -> "Platform":
        """The same, for another thread: a session is for one."""
        return Platform(api, self._dynamodb)

    def request(self, namespace: str, name: str) -> dict[str, Any]:
        return self.get(f"{OURS}/namespaces/{namespace}/{model.PLURAL}/{name}")

    def table(self, namespace: str, name: str) -> dict[str, Any]:
        return self.get(f"{TABLES}/namespaces/{namespace}/tables/{name}")

    def get(self, path: str) -> dict[str, Any]:
        """The object; empty if there is none."""
        found = self.api.send("GET", path)
        return {} if found.get("kind") == "Status" else found

    def list(self, path: str, **labels: str) -> list[dict[str, Any]]:
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        items: list[dict[str, Any]] = self.api.send("GET", path, labelSelector=selector)["items"]
        return items

    def described(self, table: str, region: str) -> dict[str, Any] | None:
        """What DynamoDB says of a table; None if there is none."""
        client = self._dynamodb(region)
        try:
            description: dict[str, Any] = client.describe_table(TableName=table)["Table"]
        except client.exceptions.ResourceNotFoundException:
            return None
        return description

    def client(self, region: str) -> Any:
        return self._dynamodb(region)

    def active(self, namespace: str, name: str) -> dict[str, Any]:
        """Waits until the Table of a request is synced at its generation, and returns it."""
        wait(
            lambda: is_synced(self.table(namespace, name)),
            f"Table {namespace}/{name} to be synced",
            SLOWEST,
        )
        return self.table(namespace, name)

    def stages(self, document: dict[str, Any]) -> Iterator[tuple[str, float]]:
        """Applies a request; yields each stage with the seconds since then, as it is reached."""
        metadata = document["metadata"]
        namespace, name = metadata["namespace"], metadata["name"]
        labels = {"kratix.io/promise-name": model.PROMISE, "kratix.io/resource-name": name}
        works = f"{KRATIX}/namespaces/{namespace}/works"
        placements = f"{KRATIX}/namespaces/{namespace}/workplacements"

        def placed() -> dict[str, Any] | None:
            work = self.list(works, **labels)
            found = self.list(placements, **{"kratix.io/work": work[0]["metadata"]["name"]})
            return found[0] if found else None

        stages: dict[str, Callable[[], object]] = {
            "workflow: Work made": lambda: self.list(works, **labels),
            "placed on a Destination": placed,
            "Table applied by Flux": lambda: self.table(namespace, name),
            "Table seen by ACK": lambda: self.table(namespace, name).get("status"),
            "Table synced": lambda: is_synced(self.table(namespace, name)),
        }
        started = time.monotonic()
        path = f"{OURS}/namespaces/{namespace}/{model.PLURAL}"
        made = self.api.send("POST", path, document)
        assert made["kind"] == model.KIND, made
        for stage, reached in stages.items():
            while not reached():
                assert time.monotonic() - started < SLOWEST, f"{name}: no {stage}"
                time.sleep(0.05)
            yield stage, time.monotonic() - started


def is_synced(table: dict[str, Any]) -> bool:
    status = table.get("status", {})
    conditions = {c["type"]: c["status"] for c in status.get("conditions", [])}
    return conditions.get("Ready") == "True" and status.get("tableStatus") == "ACTIVE"


@contextmanager
def forwarded(namespace: str, service: str, port: int) -> Generator[int]:
    """A local port to a Service."""
    command = ["kubectl", "port-forward", "-n", namespace, f"service/{service}", f":{port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        match = re.search(r":(\d+) ->", line)
        assert match, line
        # kubectl writes a line for each connection, and hangs while nobody reads them
        threading.Thread(target=process.stdout.read, daemon=True).start()
        try:
            yield int(match[1])
        finally:
            process.terminate()


@contextmanager
def in_store(name: str, document: dict[str, Any]) -> Generator[None]:
    """An object in the state store of the cluster meanwhile, as if somebody put it there."""
    secret = kubectl_json("get", "secret", "state-store", "-n", "state-store")["data"]
    keys = {key: base64.b64decode(value).decode() for key, value in secret.items()}
    with forwarded("state-store", "versitygw", 7070) as port:
        bucket = cast(Any, boto3).client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id=keys["accessKeyID"],
            aws_secret_access_key=keys["secretAccessKey"],
        )
        bucket.put_object(Bucket="kratix", Key=name, Body=json.dumps(document).encode())
        try:
            yield
        finally:
            bucket.delete_object(Bucket="kratix", Key=name)


def restart(namespace: str, deployment: str) -> None:
    """Kills the pods of a Deployment, and waits for their successors."""
    selector = kubectl(
        *("get", "deployment", "-n", namespace, deployment),
        *("-o", "go-template={{range $k, $v := .spec.selector.matchLabels}}{{$k}}={{$v}},{{end}}"),
    ).rstrip(",")
    kubectl("delete", "pod", "-n", namespace, "-l", selector, "--grace-period=0", "--force")
    kubectl("rollout", "status", "-n", namespace, f"deployment/{deployment}", "--timeout=180s")
