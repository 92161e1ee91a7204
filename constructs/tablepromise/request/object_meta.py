"""What the API server asks of metadata; a CRD's schema may say it for the name alone."""

import re
from collections.abc import Iterator
from typing import Any, cast

from tablepromise.request import limits
from tablepromise.request.findings import Finding, invalid, missing, quote, unknown, wrong_type
from tablepromise.request.structural import length

_OBJECT_META = frozenset(
    {
        *("annotations", "creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp"),
        *("finalizers", "generateName", "generation", "labels", "managedFields", "name"),
        *("namespace", "ownerReferences", "resourceVersion", "selfLink", "uid"),
    }
)
_ANNOTATIONS = 2**18

_DNS_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"


def object_meta(metadata: object) -> Iterator[Finding]:
    """Reasons to refuse an object for its `metadata`, such as `kubectl` sends it."""
    if not isinstance(metadata, dict):
        yield wrong_type("metadata", metadata, "object")
        return
    fields = cast(dict[str, Any], metadata)
    for field in fields.keys() - _OBJECT_META:
        yield unknown(f"metadata.{field}", _OBJECT_META)
    yield from _name(fields.get("name"))
    yield from _namespace(fields.get("namespace"))
    for field, check in (("labels", _label), ("annotations", _annotation)):
        entries = fields.get(field)
        if entries is None:
            continue
        if not isinstance(entries, dict):
            yield wrong_type(f"metadata.{field}", entries, "object")
            continue
        for key, value in cast(dict[object, object], entries).items():
            if not isinstance(key, str) or not isinstance(value, str | None):
                yield wrong_type(f"metadata.{field}", value, "string")
            else:
                yield from check(key, value or "")
    yield from _annotations_size(fields.get("annotations"))
    finalizers = fields.get("finalizers")
    if isinstance(finalizers, list):
        for finalizer in cast(list[object], finalizers):
            yield from _qualified("metadata.finalizers", str(finalizer))
    elif finalizers is not None:
        yield wrong_type("metadata.finalizers", finalizers, "array")


def _name(name: object) -> Iterator[Finding]:
    if not name:
        yield missing("metadata.name")
    elif not isinstance(name, str):
        yield wrong_type("metadata.name", name, "string")
    elif not re.fullmatch(limits.REQUEST_NAME, name):
        yield invalid(
            "metadata.name",
            "not a name of a request",
            name,
            f"{limits.OBJECT_NAME} or fewer of a-z 0-9 - with a letter or digit at both ends",
            "rename the request (the table's own name is spec.name)",
        )
    if isinstance(name, str):
        bound = {"maxLength": limits.OBJECT_NAME}
        yield from length(len(name), bound, "Length", "metadata.name", "characters", quote(name))


def _namespace(namespace: object) -> Iterator[Finding]:
    if namespace is not None and not isinstance(namespace, str):
        yield wrong_type("metadata.namespace", namespace, "string")
    elif namespace and not (len(namespace) <= 63 and re.fullmatch(_DNS_LABEL, namespace)):
        yield invalid(
            "metadata.namespace",
            "not a Kubernetes namespace",
            namespace,
            "63 or fewer of a-z 0-9 - with a letter or digit at both ends",
            "name an existing namespace",
        )


def _label(key: str, value: str) -> Iterator[Finding]:
    yield from _qualified("metadata.labels", key)
    if len(value) > 63 or not re.fullmatch(f"({_LABEL_NAME})?", value):
        yield invalid(
            "metadata.labels",
            f"the value of {key} is not a label value",
            value,
            "63 or fewer of A-Z a-z 0-9 - _ . with a letter or digit at both ends",
            "shorten or reword it, or make it an annotation",
        )


def _annotation(key: str, _value: str) -> Iterator[Finding]:
    yield from _qualified("metadata.annotations", key.lower())


def _annotations_size(annotations: object) -> Iterator[Finding]:
    """The limit that the API server has for all annotations of an object together."""
    entries = cast(dict[object, object], annotations) if isinstance(annotations, dict) else {}
    texts = [text for pair in entries.items() for text in pair if isinstance(text, str)]
    size = sum(len(text.encode(errors="replace")) for text in texts)
    if size > _ANNOTATIONS:
        got, allowed = f"{size} bytes", f"at most {_ANNOTATIONS} bytes of keys and values together"
        yield Finding("metadata.annotations", "too long", got, allowed, "shorten or remove some")


def _qualified(path: str, key: str) -> Iterator[Finding]:
    prefix, slash, name = key.rpartition("/")
    good_prefix = not slash or (
        len(prefix) <= 253 and re.fullmatch(rf"{_DNS_LABEL}(\.{_DNS_LABEL})*", prefix)
    )
    if not good_prefix or len(name) > 63 or not re.fullmatch(_LABEL_NAME, name):
        yield invalid(
            path,
            "not a qualified name",
            key,
            "a name of at most 63 of A-Z a-z 0-9 - _ ., after an optional DNS prefix and /",
            "rename the key",
        )
