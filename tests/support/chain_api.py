"""Kratix, Flux and ACK on a real API server, without their controllers.

Their kinds are served, what they run are pods that do nothing, and their objects and statuses are
written by hand.
"""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import upstream
from api import CRDS, ApiServer, kubectl, wait
from fake_api import shifted
from world import Object, World

from tablepromise.diagnosis import READS
from tablepromise.request import model

PAUSE = "registry.k8s.io/pause:3.10"
OPERATORS = ("kratix-platform-system", "flux-system", "ack-system", "tablepromise-system")
NAMESPACES = (*OPERATORS, "check-restricted")
UPSTREAM = (
    *(f"kratix-{kind}.yaml" for kind in ("promises", "destinations", "works", "workplacements")),
    *("kratix-bucketstatestores.yaml", "kratix-gitstatestores.yaml", "ack-dynamodb-tables.yaml"),
    *("flux-source-buckets.yaml", "flux-source-gitrepositories.yaml"),
    *("flux-kustomize-kustomizations.yaml", "flux-helm-helmreleases.yaml"),
)
WRITTEN = (
    *("Promise", "BucketStateStore", "Destination", "Bucket", "Kustomization"),
    *("DynamoDBRequest", "Work", "WorkPlacement", "Table"),
)
"""Kinds whose controllers are not here, so that their statuses are written by hand."""


@contextmanager
def operators(api: ApiServer) -> Generator[None]:
    """Their CRDs, namespaces and Deployments meanwhile; what was there before stays."""
    if any(
        item["metadata"]["name"] in NAMESPACES
        for item in api.send("GET", "/api/v1/namespaces")["items"]
    ):
        pytest.skip("Kratix, Flux or ACK is installed in this cluster: it is not for these tests")
    made = [crd for file in UPSTREAM if _post_crd(api, crd := upstream.crd(file))]
    for read in READS:
        if read.group and not read.names:
            path = f"/apis/{read.group}/{read.version}/{read.plural}"
            wait(lambda path=path: "items" in api.send("GET", path), path)  # type: ignore[misc]
    for namespace in NAMESPACES:
        kubectl("create", "namespace", namespace)
    kubectl(
        *("label", "namespace", "check-restricted"),
        "pod-security.kubernetes.io/enforce=restricted",
    )
    try:
        _operators(api)
        yield
    finally:
        kubectl("delete", "namespace", "--ignore-not-found", *NAMESPACES)
        for crd in made:
            api.send("DELETE", f"{CRDS}/{crd['metadata']['name']}")


def _operators(api: ApiServer) -> None:
    """Kratix, Flux, ACK and the reflector as pods that do nothing."""
    for deployment in World(()).objects["Deployment"]:
        pod = deployment["spec"]["template"]["spec"]
        pod["containers"][0]["image"] = PAUSE
        pod["terminationGracePeriodSeconds"] = 1  # it knows no signals
        deployment["spec"]["strategy"] = {"type": "Recreate"}
        post(api, deployment)
    for namespace in OPERATORS:
        available("deployment", "--all", "-n", namespace)


def available(*which: str) -> None:
    kubectl("wait", "--for=condition=Available", *which, "--timeout=60s")


def _post_crd(api: ApiServer, crd: Object) -> bool:
    answer = api.send("POST", CRDS, crd)
    assert answer["kind"] == "CustomResourceDefinition" or answer["code"] == 409, answer
    return answer["kind"] == "CustomResourceDefinition"


@contextmanager
def posted(api: ApiServer, world: World) -> Generator[World]:
    paths: list[str] = []
    try:
        for kind in WRITTEN:
            for live in world.objects.get(kind, []):
                paths.append(post(api, live))
        _known_again(api, paths)
        yield world
    finally:
        for path in reversed(paths):
            api.send("DELETE", path)


def _known_again(api: ApiServer, paths: list[str]) -> None:
    """Writes the uids that the API server gave the Tables into what requests know of them."""
    tables = {
        (live["metadata"]["namespace"], live["metadata"]["name"]): live
        for live in (api.send("GET", path) for path in paths if "/tables/" in path)
    }
    for path in paths:
        live = api.send("GET", path)
        if live.get("kind") != model.KIND or "firstReport" not in live.get("status", {}):
            continue
        table = tables.get((live["metadata"]["namespace"], live["metadata"]["name"]))
        if table:
            born = f"{table['metadata']['uid']}/{table['status']['creationDateTime']}"
            status(api, path, lambda it, born=born: it["status"]["firstReport"].update(table=born))


def post(api: ApiServer, live: Object) -> str:
    """Makes an object, with its status; returns its path."""
    live = shifted(live, datetime.now(UTC))
    live["metadata"].pop("managedFields", None)  # the API server writes its own
    [plural] = {read.plural for read in READS if read.kind == live["kind"]}
    namespace = live["metadata"].get("namespace")
    place = f"namespaces/{namespace}/" if namespace else ""
    folder = f"/apis/{live['apiVersion']}/{place}{plural}"
    path = f"{folder}/{live['metadata']['name']}"
    made = api.send("POST", folder, live)
    for _ in range(20):
        if made["kind"] == live["kind"]:
            break
        # left behind by a run that was broken off, or a kind that is not served to everybody yet
        api.send("DELETE", path)
        time.sleep(0.5)
        made = api.send("POST", folder, live)
    else:
        pytest.fail(f"{path}: {made['message']}")
    if "status" in live and live["kind"] != "Deployment":
        answer = api.send("PUT", f"{path}/status", {**made, "status": live["status"]})
        if answer["kind"] != live["kind"]:
            api.send("DELETE", path)
            pytest.fail(answer["message"])
    return path


def status(api: ApiServer, path: str, change: Callable[[Object], object]) -> None:
    """Changes the status of an object."""
    live = api.send("GET", path)
    change(live)
    assert "metadata" in api.send("PUT", f"{path}/status", live)
