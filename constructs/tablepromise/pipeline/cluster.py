"""What the pipeline asks the API server: which other requests want the same table."""

from collections.abc import Iterator
from typing import Any, cast

from lightkube import generic_resource

from tablepromise import kubeconfig
from tablepromise.request import TableRequest, model

# generic resources are not typed
_DynamoDBRequest: Any = cast(Any, generic_resource).create_namespaced_resource(
    model.GROUP, model.VERSION, model.KIND, model.PLURAL
)


def rivals(request: TableRequest) -> Iterator[dict[str, Any]]:
    """Requests in any namespace for a table of this name and region, this one included.

    Uses the pod's service account, never a developer's kubeconfig. It may list requests, no more.

    Raises:
        lightkube.ApiError, kubeconfig.NoCluster, httpx2.HTTPError: the API server did not answer.
    """
    client: Any = kubeconfig.connect(kubeconfig.pod())
    spec = request.spec
    found = client.list(
        _DynamoDBRequest,
        namespace="*",
        fields={"spec.name": spec.name, "spec.region": spec.region},
    )
    for rival in found:
        yield rival.to_dict()
