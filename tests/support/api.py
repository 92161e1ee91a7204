"""The real API server of KUBECONFIG."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from generated import request

from tablepromise.request import custom_resource_definition

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ALL_REQUESTS = "/apis/dynamodb.kratix.io/v1alpha1/dynamodbrequests"
REQUESTS = "/apis/dynamodb.kratix.io/v1alpha1/namespaces/default/dynamodbrequests"


class ApiServer:
    """Asks as `kubectl` does: fields are validated strictly. Any KUBECONFIG will do."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False

    @classmethod
    @contextmanager
    def reached(cls) -> Generator["ApiServer"]:
        """The API server of KUBECONFIG, through `kubectl proxy`; skips where there is none."""
        if not os.environ.get("KUBECONFIG"):
            pytest.skip("KUBECONFIG names no cluster: these tests need a real API server")
        if shutil.which("kubectl") is None:
            pytest.skip("kubectl is not on the PATH")
        command = ["kubectl", "proxy", "--port=0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
            assert proxy.stdout
            address = proxy.stdout.readline().rpartition(" ")[2].strip()
            try:
                yield cls(f"http://{address}")
            finally:
                proxy.terminate()

    def send(self, method: str, path: str, body: Any = None, **query: str) -> dict[str, Any]:
        """The answer's body; a refusal is a `Status` object."""
        query = {"fieldValidation": "Strict", **query} if body is not None else query
        url = self.url + path
        answer = self.session.request(method, url, json=body, params=query, timeout=60)
        if "json" not in answer.headers.get("Content-Type", ""):  # an API that is not served yet
            return {"kind": "Status", "code": answer.status_code, "message": answer.text}
        decoded: dict[str, Any] = answer.json()
        return decoded

    @contextmanager
    def with_requests(self) -> Generator[None]:
        """Serves our CRD meanwhile."""
        crd = custom_resource_definition()
        path = f"{CRDS}/{crd['metadata']['name']}"
        if self.send("GET", ALL_REQUESTS).get("items"):
            pytest.fail(
                "this cluster has DynamoDBRequests, which the tests would delete: give them "
                f"another cluster, or kubectl delete crd {crd['metadata']['name']}"
            )
        self.send("DELETE", path)
        wait(lambda: self.send("GET", path).get("code") == 404, "the CRD of before to go away")
        created = self.send("POST", CRDS, crd)
        assert created["kind"] == "CustomResourceDefinition", created
        wait(lambda: "items" in self.send("GET", REQUESTS), "the API to be served")
        # the schema is enforced a moment after the API is served
        bad = request({}, name="bad")
        wait(lambda: refused_at(self.send("POST", REQUESTS, bad, dryRun="All")), "the schema")
        try:
            yield
        finally:
            self.send("DELETE", path)


def refused_at(answer: dict[str, Any]) -> set[str]:
    """Paths at which the API server refuses an object; empty when it takes it."""
    if answer.get("kind") != "Status" or answer.get("status") == "Success":
        return set()
    assert answer["code"] in (400, 422), answer
    unknown = set(re.findall(r'unknown field "([^"]+)"', answer["message"]))
    # metadata is decoded before anything is validated
    malformed = re.findall(r"Go struct field ObjectMeta\.(\w+)", answer["message"])
    unknown |= {f"metadata.{field}" for field in malformed}
    causes = answer.get("details", {}).get("causes", [])
    # "<nil>" says that the rules were not evaluated beside the other errors
    return unknown or {cause["field"] for cause in causes} - {"<nil>"}


def warned(answer: Any) -> list[str]:
    """Our warnings in an answer, in order."""
    header = str(answer.headers.get("Warning", "")).encode("latin-1").decode()  # HTTP's, and Go's
    found = re.findall(r'299 - "((?:[^"\\]|\\.)*)"', header)
    return [warning.partition("-advice': ")[2] for warning in found]


def wait(condition: Any, what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.2)


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """The output of kubectl."""
    done = subprocess.run(
        ["kubectl", *arguments], input=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def kubeconfig_of(namespace: str, account: str, folder: Path) -> str:
    """A file by which one is that service account, and nobody else."""
    token = kubectl("create", "token", account, "-n", namespace).strip()
    config = kubectl_json("config", "view", "--raw", "--minify", "--flatten")
    config["users"] = [{"name": account, "user": {"token": token}}]
    config["contexts"][0]["context"]["user"] = account
    path = folder / f"{account}.kubeconfig"
    path.write_text(json.dumps(config))
    return str(path)


def kubectl_json(*arguments: str, stdin: str | None = None) -> Any:
    return json.loads(kubectl(*arguments, "-o", "json", stdin=stdin))
