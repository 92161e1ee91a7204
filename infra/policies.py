"""Policies: what no stack may do, whatever its program says. See `policy/`.

Pulumi shows a policy what a resource is to be, and not what becomes of it. So that which loses data
is found by comparing with the stack's state.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any, cast

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.secret import Secret

from infra.deploy import KEPT
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


def lost(old: list[Properties], new: Mapping[str, Properties]) -> Iterator[str]:
    """What a change would delete or replace, of that with which data goes.

    Args:
        old: resources in the stack's state.
        new: inputs of the resources that are to be, by URN.
    """
    for resource in old:
        urn, kind = resource["urn"], resource["type"].rpartition(":")[2]
        if kind not in KEPT or not resource["type"].startswith("kubernetes:"):
            continue
        name = urn.rpartition("::")[2]
        if urn not in new:
            if not _moved(urn, new):
                yield f"{kind} {name} would be deleted"
            continue
        if changed := [field for field, _ in _differences(resource["inputs"], new[urn])]:
            yield f"{kind} {name} would be replaced: {', '.join(changed)} cannot change"


def _moved(urn: str, new: Mapping[str, Properties]) -> bool:
    """Whether it is there under another parent."""
    own = urn.rpartition("$")[2]
    return any(other.rpartition("$")[2] == own for other in new)


def _differences(old: Properties, new: Properties) -> Iterator[tuple[str, Any]]:
    for field in ("name", "namespace"):
        if old["metadata"].get(field) != new["metadata"].get(field):
            yield f"metadata.{field}", new["metadata"].get(field)
    if old["kind"] == "PersistentVolumeClaim":
        for field in _IMMUTABLE_CLAIM:
            if old["spec"].get(field) != new["spec"].get(field):
                yield f"spec.{field}", new["spec"].get(field)


def _state() -> list[Properties]:
    """Resources in the state of the stack that is being changed; it is only read."""
    done = subprocess.run(
        ["pulumi", "stack", "export", "--stack", os.environ["PULUMI_STACK"]],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    exported: dict[str, Any] = json.loads(done.stdout)
    deployment: dict[str, Any] = exported.get("deployment") or {}
    return deployment.get("resources") or []


def _keep_data(args: StackValidationArgs, report: ReportViolation) -> None:
    new = {resource.urn: resource.props for resource in args.resources}
    for problem in lost(_state(), new):
        report(
            f"{problem}. With it would go data, or every request. If that is meant, say so with "
            '--policy-pack-config and {"keep-data": "advisory"}, or destroy the stack',
            None,
        )


# --- one resource ---------------------------------------------------------------------------------


def plain(kind: str, props: Properties) -> Iterator[str]:
    """Where a resource has a credential in plain.

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
    for path, value in _strings(props, ""):
        if _CREDENTIALS.search(value):
            yield path


def unpinned(props: Properties) -> Iterator[str]:
    """Images whose name does not say which one it is."""
    for path, value in _strings(props, ""):
        if path.endswith(".image") and value and not _PINNED.search(value):
            yield f"{path}: {value}"


def lax(props: Properties) -> Iterator[str]:
    """Labels of PodSecurity that a namespace lacks."""
    labels: Properties = props["metadata"].get("labels") or {}
    for label, value in POD_SECURITY.items():
        if labels.get(label) != value:
            yield f"{label}: {value}"


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, item in cast(Properties, value).items():
            yield from _strings(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(cast(list[object], value)):
            yield from _strings(item, f"{path}[{number}]")


def _encrypt(args: ResourceValidationArgs) -> dict[str, Any] | None:
    """Encrypts what is plain in a Secret."""
    if args.resource_type != _SECRET:
        return None
    found = {field: Secret(args.props[field]) for field in plain(_SECRET, args.props)}
    return {**args.props, **found} if found else None


def _no_plain_credential(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type != _SECRET:  # of those it is seen to by `_encrypt`
        for path in plain(args.resource_type, args.props):
            report(f"{path.lstrip('.')} holds a credential in plain; put it into a Secret", None)


def _pinned_images(args: ResourceValidationArgs, report: ReportViolation) -> None:
    for image in unpinned(args.props):
        report(f"{image.lstrip('.')} is not pinned; give a full version or a digest", None)


def _restricted(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type in (_NAMESPACE, f"{_NAMESPACE}Patch"):
        for label in lax(args.props):
            report(f"the namespace lacks the label {label}", None)


POLICIES: list[StackValidationPolicy | ResourceValidationPolicy] = [
    StackValidationPolicy(
        name="keep-data",
        description="Requests, Promise, state store and its volume are not deleted or replaced.",
        validate=_keep_data,
    ),
    ResourceValidationPolicy(
        name="secrets-encrypted",
        description="What a Secret holds is encrypted in the state.",
        enforcement_level=EnforcementLevel.REMEDIATE,
        remediate=cast(Any, _encrypt),  # its type knows only the asynchronous ones
    ),
    ResourceValidationPolicy(
        name="no-plain-credential",
        description="No credential in anything but a Secret.",
        validate=_no_plain_credential,
    ),
    ResourceValidationPolicy(
        name="pinned-images",
        description="An image's name says a full version or a digest.",
        validate=_pinned_images,
    ),
    ResourceValidationPolicy(
        name="restricted-namespaces",
        description="Each namespace of ours enforces PodSecurity's restricted.",
        validate=_restricted,
    ),
]
