"""Lists requests on the API server."""

from collections.abc import Iterator
from typing import Any

from tablepromise import kubeconfig
from tablepromise.request import TableRequest, model

_DynamoDBRequest: Any = kubeconfig.resource_class(
    model.GROUP, model.VERSION, model.KIND, model.PLURAL, namespaced=True
)


def requests_for_table(request: TableRequest) -> Iterator[dict[str, Any]]:
    """Yield the requests in all namespaces with the table name and region of `request`.

    `request` itself is one of them. Uses the pod's ServiceAccount, never a kubeconfig; its only
    permission is to list requests.

    Raises:
        lightkube.ApiError, kubeconfig.KubeconfigError, httpx2.HTTPError: the API server did not
            answer.
    """
    client: Any = kubeconfig.connect(kubeconfig.load_in_cluster())
    fields = {"spec.name": request.spec.name, "spec.region": request.spec.region}
    for found in client.list(_DynamoDBRequest, namespace="*", fields=fields):
        yield found.to_dict()
