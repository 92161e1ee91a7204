"""A request as the API server keeps it: versions, merge patches, Kratix' own writes."""

import copy
from typing import Any, cast

from world import Object, put

KRATIX_SCHEMA = {"type", "status", "reason", "message", "lastTransitionTime"}
"""Fields of a condition in the schema that Kratix gives to a request's status."""


class Conflict(Exception):
    """409: it was written meanwhile."""


class Server:
    """Keeps one request."""

    def __init__(self, request: Object) -> None:
        self.request = copy.deepcopy(request)
        self.request["metadata"]["resourceVersion"] = "1"
        self.writes = 0

    def get(self) -> Object:
        return copy.deepcopy(self.request)

    def patch(self, patch: Object) -> None:
        """A merge patch of the status subresource."""
        self._check(patch["metadata"]["resourceVersion"])
        assert patch.keys() == {"metadata", "status"}
        assert patch["metadata"].keys() == {"resourceVersion"}
        status = merge(self.request.get("status", {}), patch["status"])
        for condition in status["conditions"]:
            for field in condition.keys() - KRATIX_SCHEMA:
                del condition[field]  # the API server prunes
        self._write(status)

    def update(self, request: Object) -> None:
        """An update of the status subresource, as Kratix makes them."""
        self._check(request["metadata"]["resourceVersion"])
        self._write(request["status"])

    def _check(self, version: str) -> None:
        if version != self.request["metadata"]["resourceVersion"]:
            raise Conflict(version)

    def _write(self, status: Object) -> None:
        self.writes += 1
        self.request["status"] = copy.deepcopy(status)
        self.request["metadata"]["resourceVersion"] = str(self.writes + 1)


def merge(target: object, patch: object) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    result = {**cast(Object, target)} if isinstance(target, dict) else {}
    for name, value in cast(Object, patch).items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def kratix_sets(request: Object, type: str, status: str, reason: str) -> None:
    """Kratix reads all conditions into a type of its own, and writes all of them, sorted."""
    put(request, type, status, reason, age=0)
    kept = [
        {field: value for field, value in one.items() if field in KRATIX_SCHEMA and value}
        for one in request["status"]["conditions"]
    ]
    kept.sort(key=lambda one: (one["type"] != "Ready", one["type"]))
    request["status"]["conditions"] = kept
