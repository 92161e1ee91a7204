"""Pulumi policies: changes that a stack must not make. `policy/` is the pack.

Pulumi shows a policy the new properties of a resource, but no deletion or replacement. So a change
that would lose data is found by comparing with the stack's state.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError
from pulumi_policy.secret import Secret

from infra.stack.kinds import PROTECTED
from tablepromise.platform.namespace import POD_SECURITY

Properties = Mapping[str, Any]

_NAMESPACE = "kubernetes:core/v1:Namespace"
_SECRET = "kubernetes:core/v1:Secret"  # noqa: S105  a type
_PINNED = re.compile(r"(:v?\d+\.\d+\.\d+[\w.-]*|@sha256:[0-9a-f]{64})$")
_CREDENTIALS = re.compile(
    r"\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----|aws_secret_access_key\s*=\s*\S"
)
"""Access key ids of AWS, private keys, and AWS credentials files."""

_IMMUTABLE_CLAIM = ("accessModes", "storageClassName", "volumeName", "volumeMode", "selector")
"""Fields of a PersistentVolumeClaim that Kubernetes does not change."""


# --- data -----------------------------------------------------------------------------------------


def deleted(old: Iterable[Properties], new: Iterable[str]) -> Iterator[str]:
    """Yield the protected resources that a change would delete.

    Args:
        old: resources in the stack's state.
        new: URNs of the resources after the change.
    """
    there = {_own(urn) for urn in new}
    for resource in old:
        if _is_protected(resource["type"]) and _own(resource["urn"]) not in there:
            yield _title(resource)


def replaced(old: Properties, new: Properties) -> list[str]:
    """Return the changed fields for which Kubernetes or Pulumi replaces an object.

    Args:
        old: its inputs in the stack's state.
        new: its inputs after the change.
    """
    fields = [("metadata", "name"), ("metadata", "namespace")]
    if old["kind"] == "PersistentVolumeClaim":
        fields += [("spec", field) for field in _IMMUTABLE_CLAIM]
    return [f"{p}.{f}" for p, f in fields if _value(old, p, f) != _value(new, p, f)]


def _value(inputs: Properties, part: str, field: str) -> object:
    # the provider stores `default` for an object of an unknown kind, namespaced or not
    default = "default" if field == "namespace" else None
    return _bare(inputs[part].get(field, default))


def _bare(value: object) -> object:
    """The value without the wrappers in which Pulumi shows values to a policy."""
    if isinstance(value, Mapping):
        return {key: _bare(item) for key, item in cast(Properties, value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_bare(item) for item in cast(Sequence[object], value)]
    return value


def _is_protected(kind: str) -> bool:
    return kind.startswith("kubernetes:") and kind.rpartition(":")[2] in PROTECTED


def _own(urn: str) -> str:
    """The part of a URN that stays when the resource gets another parent."""
    return re.split(r"::|\$", urn)[-2] + urn.rpartition("::")[2]


def _title(resource: Properties) -> str:
    return f"{resource['type'].rpartition(':')[2]} {resource['urn'].rpartition('::')[2]}"


@cache
def _state() -> dict[str, Properties]:
    """Resources in the stack's state before the change, by the stable part of their URNs."""
    done = subprocess.run(
        ["pulumi", "stack", "export", "--stack", os.environ["PULUMI_STACK"]],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    exported: dict[str, Any] = json.loads(done.stdout)
    deployment: dict[str, Any] = exported.get("deployment") or {}
    resources: list[Properties] = deployment.get("resources") or []
    return {_own(resource["urn"]): resource for resource in resources}


_TO_ALLOW = (
    "data, or every request, would be lost; to do it anyway, pass --policy-pack-config a file with "
    '{"%s": "advisory"}, or destroy the stack'
)


def _no_deletion(args: StackValidationArgs, report: ReportViolation) -> None:
    for title in deleted(_state().values(), (resource.urn for resource in args.resources)):
        report(f"{title} would be deleted: {_TO_ALLOW % 'no-data-deleted'}", None)


def _no_replacement(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if not _is_protected(args.resource_type):
        return
    old = _state().get(_own(args.urn))
    if old and (fields := replaced(old["inputs"], args.props)):
        report(
            f"{_title(old)} would be replaced, as {', '.join(fields)} cannot change: "
            f"{_TO_ALLOW % 'no-data-replaced'}",
            None,
        )


# --- one resource ---------------------------------------------------------------------------------


def plain_credentials(kind: str, props: Properties) -> Iterator[str]:
    """Yield the fields of a resource that have a credential in plain text.

    Args:
        kind: type of the resource.
        props: its properties, with encrypted ones as `Secret`.
    """
    if kind == _SECRET:
        for field in ("data", "stringData"):
            content = props.get(field)
            if content and not isinstance(content, Secret):
                values = cast(Properties, content).values()
                if not all(isinstance(value, Secret) for value in values):
                    yield field
        return
    for path, value in _strings(props):
        if _CREDENTIALS.search(value):
            yield path


def unpinned_images(props: Properties) -> Iterator[str]:
    """Yield images without full version or digest, also those that charts take in two fields."""
    for path, part in _mappings(props, ""):
        for key in ("image", "package", "repository"):
            name, tag = part.get(key), part.get("tag")
            if not isinstance(name, str) or (key == "repository" and tag is None):
                continue
            image = f"{name}:{tag}" if tag else name
            if not _PINNED.search(image):
                yield f"{path}.{key}: {image}"


def missing_labels(props: Properties) -> Iterator[str]:
    """Yield the labels of PodSecurity that a namespace lacks."""
    labels: Properties = props["metadata"].get("labels") or {}
    for label, value in POD_SECURITY.items():
        if labels.get(label) != value:
            yield f"{label}: {value}"


def _mappings(value: object, path: str) -> Iterator[tuple[str, Properties]]:
    """Every object in a value, without the values that a preview does not know."""
    if isinstance(value, Mapping):
        known = dict(_known(cast(Properties, value)))
        yield path, known
        for key, item in known.items():
            yield from _mappings(item, f"{path}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, item in enumerate(cast(Sequence[object], value)):
            yield from _mappings(item, f"{path}[{number}]")


def _known(mapping: Properties) -> Iterator[tuple[str, Any]]:
    for key in mapping:
        with suppress(UnknownValueError):
            yield key, mapping[key]


def _strings(props: Properties) -> Iterator[tuple[str, str]]:
    for path, mapping in _mappings(props, ""):
        for key, value in mapping.items():
            several = isinstance(value, Sequence) and not isinstance(value, str)
            items = cast(Sequence[object], value if several else [value])
            for item in items:
                if isinstance(item, str):
                    yield f"{path}.{key}", item


def _encrypt(args: ResourceValidationArgs) -> dict[str, Any] | None:
    """Encrypt the plain text in a Secret."""
    if args.resource_type != _SECRET:
        return None
    props = _raw(args.props)
    found = {field: Secret(props[field]) for field in plain_credentials(_SECRET, props)}
    return {**props, **found} if found else None


def _raw(value: Any) -> Any:
    """The value without the wrapper that shows encrypted values as plain text."""
    if isinstance(value, Mapping):
        shown = cast(dict[str, Any], value)
        target = shown if isinstance(value, dict) else shown["__target"]
        return {key: _raw(item) for key, item in target.items()}
    return value


def _no_plain_credential(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type != _SECRET:  # `_encrypt` does those
        for path in plain_credentials(args.resource_type, args.props):
            report(f"{path.lstrip('.')} has a credential in plain text; put it into a Secret", None)


def _pinned_images(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if not args.resource_type.startswith("kubernetes:"):
        return  # a k3d cluster's image is a digest of the pipeline's
    for image in unpinned_images(args.props):
        report(f"{image.lstrip('.')} is not pinned; set a full version or a digest", None)


def _restricted(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type in (_NAMESPACE, f"{_NAMESPACE}Patch"):
        for label in missing_labels(args.props):
            report(f"the namespace lacks the label {label}", None)


POLICIES: list[StackValidationPolicy | ResourceValidationPolicy] = [
    StackValidationPolicy(
        name="no-data-deleted",
        # Pulumi runs it at the end of a preview; with `--skip-preview` that is too late
        description="No request, Promise, state store or volume of one is deleted, in a preview.",
        validate=_no_deletion,
    ),
    ResourceValidationPolicy(
        name="no-data-replaced",
        description="No request, Promise, state store or volume of one is replaced.",
        validate=_no_replacement,
    ),
    ResourceValidationPolicy(
        name="secrets-encrypted",
        description="The content of a Secret is encrypted in the state.",
        enforcement_level=EnforcementLevel.REMEDIATE,
        remediate=cast(Any, _encrypt),  # its type knows only the asynchronous ones
    ),
    ResourceValidationPolicy(
        name="no-plain-credential",
        description="Credentials are in Secrets only.",
        validate=_no_plain_credential,
    ),
    ResourceValidationPolicy(
        name="pinned-images",
        description="An image has a full version or a digest.",
        validate=_pinned_images,
    ),
    ResourceValidationPolicy(
        name="restricted-namespaces",
        description="Each namespace enforces PodSecurity's restricted.",
        validate=_restricted,
    ),
]
