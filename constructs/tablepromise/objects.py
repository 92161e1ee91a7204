"""A Kubernetes object with any body, which cdk8s's own ApiObject does not support in Python."""

from typing import Any

import cdk8s
from constructs import Construct


class KubeObject(cdk8s.ApiObject):
    """A Kubernetes object from its manifest.

    Attributes:
        manifest: the whole object; cdk8s adds only the namespace and labels of the chart.
    """

    def __init__(self, scope: Construct, id: str, manifest: dict[str, Any]) -> None:
        metadata: dict[str, Any] = manifest.get("metadata", {})
        super().__init__(
            scope,
            id,
            api_version=manifest["apiVersion"],
            kind=manifest["kind"],
            metadata=cdk8s.ApiObjectMetadata(
                name=metadata.get("name"),
                namespace=metadata.get("namespace"),
                labels=metadata.get("labels"),
                annotations=metadata.get("annotations"),
            ),
        )
        # in the order that people read
        self.manifest = {
            **{key: manifest[key] for key in ("apiVersion", "kind", "metadata")},
            **manifest,
        }

    def to_json(self) -> Any:
        """Return the object; cdk8s calls this when it synthesizes."""
        document = super().to_json()
        metadata = {**self.manifest.get("metadata", {}), **document["metadata"]}
        return {**document, **self.manifest, "metadata": metadata}
