"""Requests to the API server as somebody else."""

from typing import Any

from api import ApiServer

TYPES = {
    "PATCH": "application/merge-patch+json",
    "APPLY": "application/apply-patch+yaml",
}


def send_as(
    api: ApiServer, user: str, method: str, path: str, body: Any = None, **query: str
) -> dict[str, Any]:
    """Return the API server's answer to a user, or to a ServiceAccount by its user name.

    Args:
        api: the server.
        user: user name; empty for the administrator of KUBECONFIG.
        method: of HTTP, or APPLY for a server-side apply as Flux does it.
        path: of the object or the collection.
        body: if any.
        query: parameters.
    """
    headers = {"Content-Type": TYPES.get(method, "application/json")}
    if user:
        headers["Impersonate-User"] = user
    if method == "APPLY":
        query = {"fieldManager": "kustomize-controller", "force": "true", **query}
    answer = api.session.request(
        "PATCH" if method == "APPLY" else method,
        api.url + path,
        json=body,
        params=query,
        headers=headers,
        timeout=60,
    )
    decoded: dict[str, Any] = answer.json()
    return decoded


def rejection(answer: dict[str, Any]) -> str:
    """Return why the API server did not accept a write; empty if it did."""
    return str(answer["message"]) if answer.get("code") == 403 else accepted(answer)


def accepted(answer: dict[str, Any]) -> str:
    """Return the empty string for an answer that is an object, or a deletion.

    Raises:
        AssertionError: the write failed for another reason.
    """
    assert answer["kind"] != "Status" or answer["status"] == "Success", answer
    return ""
