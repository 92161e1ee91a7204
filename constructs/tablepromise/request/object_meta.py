"""Schema of metadata: fields and types that the API server checks beside the CRD.

The grammar of labels, annotations and finalizers is left to the API server.
"""

from typing import Any, Final

from tablepromise.request import limits

_TEXT = {"type": "string"}
_TEXTS = {"type": "object", "additionalProperties": _TEXT}

NAME: Final[dict[str, Any]] = {
    "type": "string",
    "maxLength": limits.OBJECT_NAME,
    "pattern": limits.REQUEST_NAME,
}

OBJECT_META: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": NAME,
        "namespace": {"type": "string", "maxLength": 63, "pattern": limits.REQUEST_NAME},
        "labels": _TEXTS,
        "annotations": _TEXTS,
        "finalizers": {"type": "array", "items": _TEXT},
        # set by the API server
        "creationTimestamp": {},
        "deletionGracePeriodSeconds": {},
        "deletionTimestamp": {},
        "generateName": {},
        "generation": {},
        "managedFields": {},
        "ownerReferences": {},
        "resourceVersion": {},
        "selfLink": {},
        "uid": {},
    },
}
