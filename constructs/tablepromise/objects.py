"""A Kubernetes object with any body: what cdk8s's own ApiObject does not offer in Python."""

from typing import Any

import cdk8s
from constructs import Construct


class KubeObject(cdk8s.ApiObject):
    """A Kubernetes object given as it is written in YAML.

    Attributes:
        manifest: the whole object; cdk8s adds what the chart gives to every object (namespace,
            labels), and nothing else.
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
        """The object; cdk8s calls this when it synthesizes."""
        document = super().to_json()
        metadata = {**self.manifest.get("metadata", {}), **document["metadata"]}
        return {**document, **self.manifest, "metadata": metadata}
