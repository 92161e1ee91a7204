"""A cluster in which all is well, as the API server would show it, and ways to spoil it.

The objects are those that Kratix, Flux and ACK make, with the statuses they write; the API server
of the cluster tests accepts each of them.
"""

import base64
import copy
import gzip
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tablepromise.diagnosis import READS, ReadError, Snapshot, TableDescription
from tablepromise.request import admit, dump, load, render, stored_request

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples/requests"
PROMISE = "aws-dynamodb-kratix"
KRATIX = "platform.kratix.io/v1alpha1"
LABELS = {"cloud": "aws", "ack-enabled": "true"}

Object = dict[str, Any]


def ago(seconds: float, now: datetime = NOW) -> str:
    return (now - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def examples() -> list[Object]:
    """The five example requests as the API server stores them."""
    files = sorted(EXAMPLES.glob("*.yaml"))
    return [stored_request(document) for file in files for document in load(file.read_text())]


def put(
    live: Object, type: str, status: str, reason: str, message: str = "", age: float = 600
) -> None:
    """Sets a condition."""
    conditions: list[Object] = live.setdefault("status", {}).setdefault("conditions", [])
    conditions[:] = [c for c in conditions if c["type"] != type]
    conditions.append(
        {
            **{"type": type, "status": status, "reason": reason, "message": message},
            "lastTransitionTime": ago(age),
        }
    )


def managed(
    manager: str, operation: str, age: float, fields: Object, *, subresource: str = ""
) -> Object:
    """An entry of `metadata.managedFields`."""
    return {
        **{"manager": manager, "operation": operation, "time": ago(age)},
        **{"fieldsType": "FieldsV1", "fieldsV1": fields},
        **({"subresource": subresource} if subresource else {}),
    }


def packed(document: Object) -> str:
    """A file as Kratix keeps it in a Work."""
    return base64.b64encode(gzip.compress(dump(document).encode())).decode()


class World:
    """The objects by kind; change them, then take the snapshot.

    Args:
        requests: the requests; default: the five examples, all ready.
    """

    def __init__(self, requests: Iterable[Object] | None = None) -> None:
        self.objects: dict[str, list[Object]] = {}
        self.unread: dict[str, ReadError] = {}
        self.described: dict[tuple[str, str], TableDescription] = {}
        self._platform()
        for request in examples() if requests is None else requests:
            self._arrived(request)

    @classmethod
    def empty(cls) -> "World":
        """A cluster with none of all this in it."""
        world = cls(())
        world.objects.clear()
        for read in READS:
            if read.group not in ("", "apps", "batch", "apiextensions.k8s.io"):
                world.absent(read.kind)
        return world

    def snapshot(self) -> Snapshot:
        return Snapshot(copy.deepcopy(self.objects), dict(self.unread), dict(self.described))

    def add(self, kind: str, api: str, name: str, namespace: str = "", **body: Any) -> Object:
        metadata: Object = {"name": name, "creationTimestamp": ago(600), "generation": 1}
        metadata |= {"namespace": namespace} if namespace else {}
        metadata |= body.pop("metadata", {})
        live: Object = {"apiVersion": api, "kind": kind, "metadata": metadata, **body}
        self.objects.setdefault(kind, []).append(live)
        return live

    def one(self, kind: str, name: str = "") -> Object:
        """The object of that kind and name, or the only one."""
        [found] = [o for o in self.objects[kind] if o["metadata"]["name"] == name or not name]
        return found

    def drop(self, kind: str, name: str = "") -> None:
        kept = [o for o in self.objects.get(kind, []) if name and o["metadata"]["name"] != name]
        self.objects[kind] = kept

    def absent(self, kind: str) -> None:
        """The API server has no such kind."""
        self.objects.pop(kind, None)
        self.unread[kind] = ReadError("absent", f"no {kind}")

    def forbidden(self, kind: str) -> None:
        """We may not read that kind."""
        self.objects.pop(kind, None)
        self.unread[kind] = ReadError("forbidden", f"not allowed to list {kind}")

    # --- what is there ----------------------------------------------------------------------------

    def _platform(self) -> None:
        promise = self.add(
            "Promise",
            KRATIX,
            PROMISE,
            spec={"destinationSelectors": [{"matchLabels": dict(LABELS)}]},
            status={"workflows": 0, "workflowsFailed": 0, "workflowsSucceeded": 0},
        )
        put(promise, "Available", "True", "PromiseAvailable", "Ready to fulfil resource requests")
        for name in (
            "dynamodbrequests.dynamodb.kratix.io",
            "tables.dynamodb.services.k8s.aws",
        ):
            crd = self.add("CustomResourceDefinition", "apiextensions.k8s.io/v1", name)
            put(crd, "Established", "True", "InitialNamesAccepted")
        store = self.add(
            "BucketStateStore",
            KRATIX,
            "store",
            spec={
                **{"bucketName": "kratix", "endpoint": "minio.minio-system:9000"},
                "secretRef": {"name": "store", "namespace": "kratix-platform-system"},
            },
            status={"status": "Ready"},
        )
        put(store, "Ready", "True", "StateStoreReady", "State store is ready")
        destination = self.add(
            "Destination",
            KRATIX,
            "aws",
            metadata={"labels": dict(LABELS)},
            spec={
                **{"path": "aws", "filepath": {"mode": "nestedByMetadata"}},
                "stateStoreRef": {"kind": "BucketStateStore", "name": "store"},
            },
        )
        put(destination, "Ready", "True", "DestinationReady", "Destination is ready")
        self.flux("aws", "aws/resources/")
        for namespace, name, labels in (
            (
                "kratix-platform-system",
                "kratix-platform-controller-manager",
                {"control-plane": "controller-manager"},
            ),
            ("flux-system", "source-controller", {"app": "source-controller"}),
            ("flux-system", "kustomize-controller", {"app": "kustomize-controller"}),
            ("ack-system", "ack-dynamodb-chart", {"app.kubernetes.io/name": "dynamodb-chart"}),
            ("tablepromise-system", "reflector", {"app.kubernetes.io/name": "reflector"}),
        ):
            self.deployment(namespace, name, labels)

    def flux(self, name: str, folder: str, prefix: str = "") -> Object:
        """A source, and Kustomizations for dependencies and for a folder; returns the source."""
        bucket = self.add(
            "Bucket",
            "source.toolkit.fluxcd.io/v1",
            name,
            "flux-system",
            spec={
                **{"bucketName": "kratix", "endpoint": "10.0.0.9:9000", "interval": "10s"},
                "secretRef": {"name": "store"},
                **({"prefix": prefix} if prefix else {}),
            },
        )
        put(bucket, "Ready", "True", "Succeeded", "stored artifact: revision 'sha256:1'")
        for part, path in (("dependencies", "aws/dependencies"), ("resources", folder)):
            kustomization = self.add(
                "Kustomization",
                "kustomize.toolkit.fluxcd.io/v1",
                f"{name}-{part}",
                "flux-system",
                spec={
                    **{"interval": "10m", "path": f"./{path}", "prune": True},
                    "sourceRef": {"kind": "Bucket", "name": name},
                    **({"dependsOn": [{"name": f"{name}-dependencies"}]} if part[0] == "r" else {}),
                },
                status={"observedGeneration": 1, "inventory": {"entries": []}},
            )
            put(kustomization, "Ready", "True", "ReconciliationSucceeded", "Applied revision")
        return bucket

    def deployment(self, namespace: str, name: str, labels: Object) -> None:
        pod = {
            "metadata": {"labels": dict(labels)},
            "spec": {"containers": [{"name": "manager", "image": "manager"}]},
        }
        self.add(
            "Deployment",
            "apps/v1",
            name,
            namespace,
            metadata={"labels": dict(labels)},
            spec={"replicas": 1, "selector": {"matchLabels": dict(labels)}, "template": pod},
            status={"replicas": 1, "availableReplicas": 1, "readyReplicas": 1},
        )
        self.pod(f"{name}-6d5", namespace, labels, {"name": "manager", "state": {"running": {}}})

    def pod(
        self, name: str, namespace: str, labels: Object, container: Object, *, init: bool = False
    ) -> Object:
        """A pod with one container in a state."""
        field = "initContainerStatuses" if init else "containerStatuses"
        status = {"image": "x", "imageID": "x", "ready": False, "restartCount": 0, **container}
        return self.add(
            "Pod",
            "v1",
            name,
            namespace,
            metadata={"labels": dict(labels)},
            spec={"containers": [{"name": "manager", "image": "manager"}]},
            status={"phase": "Pending", field: [status]},
        )

    def _arrived(self, request: Object) -> None:
        """A request, and everything that became of it."""
        metadata, spec = request["metadata"], request["spec"]
        name, namespace = metadata["name"], metadata.get("namespace", "default")
        ours = {"kratix.io/promise-name": PROMISE, "kratix.io/resource-name": name}
        live = self.add(
            "DynamoDBRequest",
            request["apiVersion"],
            name,
            namespace,
            metadata={"labels": {"kratix.io/promise-name": PROMISE}},
            spec=copy.deepcopy(spec),
            status={
                "message": f"table {spec['name']} is on its way to {spec['region']}",
                "observedGeneration": 1,
                "kratix": {
                    "workflows": {"pipelines": [{"name": "configure", "phase": "Succeeded"}]}
                },
            },
        )
        put(live, "ConfigureWorkflowCompleted", "True", "PipelinesExecutedSuccessfully", age=580)
        put(live, "WorksSucceeded", "True", "WorksSucceeded", age=570)
        put(live, "Reconciled", "True", "Reconciled", "Reconciled", age=570)
        job = self.add(
            "Job",
            "batch/v1",
            f"kratix-{PROMISE}-{name}-configure-1",
            namespace,
            metadata={"labels": {**ours, "kratix.io/workflow-action": "configure"}},
            status={"succeeded": 1},
        )
        put(job, "Complete", "True", "CompletionsReached")
        table = render(admit(request))
        workload = {"filepath": "table.yaml", "content": packed(table)}
        group = "5058f1af8388633f609cadb75a75dc9d"
        work = self.add(
            "Work",
            KRATIX,
            f"{PROMISE}-{name}-configure-1",
            namespace,
            metadata={"labels": {**ours, "kratix.io/work-type": "resource"}},
            spec={
                **{"promiseName": PROMISE, "resourceName": name},
                "workloadGroups": [
                    {
                        **{"id": group, "directory": ".", "workloads": [workload]},
                        "destinationSelectors": [
                            {"matchLabels": dict(LABELS), "source": "resource-workflow"},
                            {"matchLabels": dict(LABELS), "source": "promise"},
                        ],
                    }
                ],
            },
        )
        put(work, "ScheduleSucceeded", "True", "AllWorkplacementsScheduled")
        put(work, "Ready", "True", "AllWorkplacementsScheduled", "Ready")
        placement = self.add(
            "WorkPlacement",
            KRATIX,
            f"{work['metadata']['name']}.aws-5058f",
            namespace,
            metadata={"labels": {"kratix.io/work": work["metadata"]["name"]}},
            spec={
                **{"promiseName": PROMISE, "resourceName": name, "generation": 1, "id": group},
                **{"targetDestinationName": "aws", "workloads": [workload]},
            },
        )
        put(placement, "ScheduleSucceeded", "True", "ScheduledToDestination")
        put(placement, "WriteSucceeded", "True", "WorkloadsWrittenToStateStore")
        put(placement, "Ready", "True", "WorkloadsWrittenToTargetDestination", "Ready")
        self.inventory("aws-resources").append(
            {"id": f"{namespace}_{name}_dynamodb.services.k8s.aws_Table", "v": "v1alpha1"}
        )
        self._taken_up(table)
        born = f"{table['metadata']['uid']}/{table['status']['creationDateTime']}"
        # ACK has reported twice: the second time it had compared every field
        live["status"]["firstReport"] = {"table": born, "time": ago(498)}

    def _taken_up(self, table: Object) -> None:
        """A Table as Flux has applied it and ACK reports on it."""
        fields: Object = {f"f:{name}": {} for name in table["spec"]}
        table["metadata"] |= {
            **{"creationTimestamp": ago(500), "generation": 1},
            "uid": f"0c1d7c2e-8f4e-4c3b-9d37-{len(self.objects.get('Table', [])):012}",
            "managedFields": [
                managed("kustomize-controller", "Apply", 500, {"f:spec": fields}),
                managed("controller", "Update", 499, {"f:metadata": {"f:finalizers": {}}}),
                managed("controller", "Update", 490, {"f:status": {}}, subresource="status"),
            ],
        }
        region = table["metadata"]["annotations"]["services.k8s.aws/region"]
        arn = f"arn:aws:dynamodb:{region}:123456789012:table/{table['spec']['tableName']}"
        account = {"ownerAccountID": "123456789012", "region": region}
        table["status"] = {
            "ackResourceMetadata": {"arn": arn, **account},
            **{"tableStatus": "ACTIVE", "itemCount": 0, "tableSizeBytes": 0},
            "creationDateTime": ago(499),
        }
        if "streamSpecification" in table["spec"]:
            table["status"]["latestStreamARN"] = f"{arn}/stream/2026-05-04T11:51:50.000"
        self.objects.setdefault("Table", []).append(table)
        for type in ("ACK.ResourceSynced", "Ready"):
            put(table, type, "True", "Synced", "Resource synced successfully", age=490)

    def inventory(self, kustomization: str) -> list[Object]:
        entries: list[Object] = self.one("Kustomization", kustomization)["status"]["inventory"][
            "entries"
        ]
        return entries
