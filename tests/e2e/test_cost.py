"""What a request costs on the cluster of KUBECONFIG; `make bench` prints it.

Times are compared with a Promise that does nothing, in the same run on the same cluster.
"""

import re
import statistics
import time
from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from api import kubectl, kubectl_json, wait
from installed import KRATIX, NAMESPACE, OURS, SLOWEST, Platform
from said import is_ready

from tablepromise.platform import pipeline_image
from tablepromise.platform.security import RESTRICTED
from tablepromise.request import dump, load, model

pytestmark = pytest.mark.cost

EXAMPLE = Path(__file__).parents[2] / "examples/requests/simple-users-table.yaml"
RUNS, MANY = 5, 100
NOTHING = "bench-nothing"


def ordered(name: str) -> dict[str, Any]:
    [document] = load(EXAMPLE.read_text())
    document = deepcopy(document)
    document["metadata"] = {"name": name, "namespace": NAMESPACE}
    document["spec"] |= {
        "name": f"e2e-{name}",
        "deletionPolicy": "Delete",
        "deletionProtection": False,
    }
    return document


@pytest.fixture(scope="module")
def nothing(platform: Platform) -> Iterator[str]:
    """A Promise whose pipeline ends at once; the path of its requests."""
    group, kind = "bench.example.com", "Nothing"
    deployed = kubectl_json("get", "promise", model.PROMISE)["spec"]["workflows"]["resource"]
    image = deployed["configure"][0]["spec"]["containers"][0]["image"]
    assert image.endswith(f"/{pipeline_image.NAME}:{pipeline_image.tag()}")
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"x": {"type": "string"}}}},
    }
    promise = {
        "apiVersion": "platform.kratix.io/v1alpha1",
        "kind": "Promise",
        "metadata": {"name": NOTHING},
        "spec": {
            "api": {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {"name": f"nothings.{group}"},
                "spec": {
                    "group": group,
                    "scope": "Namespaced",
                    "names": {"plural": "nothings", "singular": "nothing", "kind": kind},
                    "versions": [
                        {
                            "name": "v1",
                            "served": True,
                            "storage": True,
                            "schema": {"openAPIV3Schema": schema},
                        }
                    ],
                },
            },
            # nobody takes its Works
            "destinationSelectors": [{"matchLabels": {"nobody": "here"}}],
            "workflows": {
                "resource": {
                    "configure": [
                        {
                            "apiVersion": "platform.kratix.io/v1alpha1",
                            "kind": "Pipeline",
                            "metadata": {"name": "configure"},
                            "spec": {
                                "containers": [
                                    {
                                        "name": "nothing",
                                        "image": image,
                                        "command": ["touch", "/kratix/output/nothing"],
                                        "securityContext": RESTRICTED,
                                    }
                                ]
                            },
                        }
                    ]
                }
            },
        },
    }
    kubectl("apply", "-f", "-", stdin=dump(promise))
    path = f"/apis/{group}/v1/namespaces/{NAMESPACE}/nothings"
    wait(lambda: "items" in platform.api.send("GET", path), "the empty Promise", SLOWEST)
    yield path
    kubectl("delete", "promise", NOTHING, "--timeout=180s")


def test_time_of_a_request_by_stage(platform: Platform, nothing: str) -> None:
    rows: list[dict[str, float]] = []
    empty: list[float] = []
    works = f"{KRATIX}/namespaces/{NAMESPACE}/works"
    for number in range(RUNS):
        rows.append(dict(platform.stages(ordered(f"cost-{number}"))))
        started = time.monotonic()
        name = f"nothing-{number}"
        made = platform.api.send(
            "POST",
            nothing,
            {
                "apiVersion": "bench.example.com/v1",
                "kind": "Nothing",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "spec": {},
            },
        )
        assert made["kind"] == "Nothing", made
        labels = {"kratix.io/promise-name": NOTHING, "kratix.io/resource-name": name}
        while not platform.list(works, **labels):
            assert time.monotonic() - started < SLOWEST
            time.sleep(0.05)
        empty.append(time.monotonic() - started)
    stages = list(rows[0])
    medians = {stage: statistics.median(row[stage] for row in rows) for stage in stages}
    total, before = medians[stages[-1]], 0.0
    print(f"\nrequest to Table synced, median of {RUNS}: {total:.1f} s")
    for stage, seconds in medians.items():
        print(f"  {stage:<26}{seconds:6.1f} s{(seconds - before) / total:7.0%}")
        before = seconds
    first, peer = medians[stages[0]], statistics.median(empty)
    print(f"{stages[0]} / the same of an empty Promise: {first / peer:.2f}   ", end="")
    print(f"{first:.2f} s / {peer:.2f} s")


def test_memory_of_the_controllers(platform: Platform) -> None:
    idle, patched = memory(), patches()
    path = f"{OURS}/namespaces/{NAMESPACE}/{model.PLURAL}"
    started = time.monotonic()
    documents = [ordered(f"many-{number}") for number in range(MANY)]
    kubectl("create", "-f", "-", stdin=dump(*documents))

    def ready() -> list[dict[str, Any]]:
        found = platform.list(path)
        return [r for r in found if r["metadata"]["name"].startswith("many-") and is_ready(r)]

    wait(lambda: len(ready()) == MANY, f"{MANY} tables", 4 * SLOWEST)
    print(f"\n{MANY} requests at once: all Ready after {time.monotonic() - started:.0f} s")
    late = [lateness(request) for request in ready()]
    p50, p95 = statistics.median(late), statistics.quantiles(late, n=20)[-1]
    print(f"from Table ACTIVE to request Ready: p50 {p50:.0f} s, p95 {p95:.0f} s; ", end="")
    print(f"{(patches() - patched) / MANY:.1f} writes of a status for each")
    assert min(late) >= 0
    after = memory()
    print(f"{'memory, MiB':<60}{'before':>8}{'after':>8}")
    for name, used in sorted(after.items()):
        print(f"{name:<60}{idle.get(name, 0):>8.0f}{used:>8.0f}")


def lateness(request: dict[str, Any]) -> float:
    """Seconds from ACK's report that the table matches to the request's."""
    status = request["status"]
    [said] = [c["lastTransitionTime"] for c in status["conditions"] if c["type"] == "Ready"]
    active = datetime.fromisoformat(status["stages"]["active"])
    return (datetime.fromisoformat(said) - active).total_seconds()


def patches() -> float:
    """Patches of the status of requests, which nobody but the reflector makes, so far."""
    line = re.compile(
        r'^apiserver_request_total\{(?=[^}]*resource="dynamodbrequests")(?=[^}]*verb="PATCH")'
        r'(?=[^}]*subresource="status")[^}]*\} (\S+)',
        re.MULTILINE,
    )
    return sum(float(count) for count in line.findall(kubectl("get", "--raw", "/metrics")))


def memory() -> dict[str, float]:
    """Working set by Deployment in MiB, as the kubelets report it."""
    used: dict[str, float] = {}
    line = re.compile(
        r'^pod_memory_working_set_bytes\{namespace="([^"]+)",pod="([^"]+)"\} (\S+)', re.MULTILINE
    )
    for node in kubectl_json("get", "node")["items"]:
        path = f"/api/v1/nodes/{node['metadata']['name']}/proxy/metrics/resource"
        for namespace, pod, size in line.findall(kubectl("get", "--raw", path)):
            if namespace not in {NAMESPACE, "default"}:
                name = f"{namespace}/{pod.rsplit('-', 2)[0]}"
                used[name] = used.get(name, 0) + float(size) / 2**20
    return used
