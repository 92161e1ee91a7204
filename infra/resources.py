"""Resources: an object or a chart of a target, as the Kubernetes provider takes it."""

from typing import Any

import pulumi

from infra.charts import Place
from infra.order import Manifest


class KubernetesObject(pulumi.CustomResource):
    """Any object, as the Kubernetes provider takes it.

    The provider's own classes have no slot for a custom resource's top-level fields other than
    `spec`, and importing them takes longer than registering everything.
    """

    def __init__(
        self, manifest: Manifest, opts: pulumi.ResourceOptions, *, patch: bool = False
    ) -> None:
        super().__init__(
            resource_type(manifest, patch=patch),
            resource_name(manifest),
            dict(manifest),
            opts,
        )


class HelmRelease(pulumi.CustomResource):
    """A release that the Kubernetes provider installs itself.

    Not by the provider's own class either.
    """

    def __init__(self, name: str, inputs: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__("kubernetes:helm.sh/v3:Release", name, {"name": name, **inputs}, opts)


def resource_type(manifest: Manifest, *, patch: bool = False) -> str:
    """Type token of an object, or of the patch of one that is not ours."""
    version = manifest["apiVersion"]
    version = version if "/" in version else f"core/{version}"
    return f"kubernetes:{version}:{manifest['kind']}" + ("Patch" if patch else "")


def resource_name(manifest: Manifest) -> str:
    """Name of an object's resource: the object's own, so moving a construct renames nothing."""
    metadata = manifest["metadata"]
    return "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))


def urn(place: Place, manifest: Manifest, *, patch: bool) -> str:
    """Return the URN of an object's resource in a place, without a call to Pulumi's engine."""
    kind = f"{component_type(place)}${resource_type(manifest, patch=patch)}"
    name = resource_name(manifest)
    return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{kind}::{name}"


def component_type(place: Place) -> str:
    """Return the type token of a place's component."""
    return f"tablepromise:infra:{type(place).__name__}"
