"""The Kratix Promise `aws-dynamodb-kratix`, which serves the API DynamoDBRequest."""

import re
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.security import RESTRICTED
from tablepromise.request import InvalidOption, custom_resource_definition, model
from tablepromise.request.quotas import DEFAULT_QUOTAS, Quotas
from tablepromise.request.regions import DEFAULT_REGIONS, Regions


@dataclass(frozen=True, kw_only=True)
class PromiseProps:
    """Options of `Promise`.

    Attributes:
        image: of the pipeline container, with a tag or digest that changes at each build.
        image_pull_policy: default: IfNotPresent, for images that are imported into the nodes.
        image_pull_secrets: names of Secrets in every namespace with requests; default: none.
        account_id: AWS account (12 digits) of the tables; default: unknown, and the pipeline writes
            no ARN to the status.
        regions: of the tables; default: those of a target in us-west-2.
        quotas: of the AWS account of the tables; default: AWS's.
        resources: of each pipeline container; default: enough memory for the pipeline, and no CPU
            limit, which would slow its start.
        version: of the Promise, which Kratix records for each request; default: this package's.
    """

    image: str
    image_pull_policy: str = "IfNotPresent"
    image_pull_secrets: tuple[str, ...] = ()
    account_id: str | None = None
    regions: Regions = DEFAULT_REGIONS
    quotas: Quotas = DEFAULT_QUOTAS
    resources: dict[str, Any] = field(
        default_factory=lambda: {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"memory": "128Mi"},
        }
    )
    version: str = field(default_factory=lambda: f"v{version('tablepromise')}")

    def __post_init__(self) -> None:
        if self.account_id is not None and not re.fullmatch("[0-9]{12}", self.account_id):
            raise InvalidOption(
                f"account_id: not an AWS account: got {self.account_id!r}, allowed: 12 digits"
            )


class Promise(Construct):
    """The Promise: the CRD of DynamoDBRequest, and the pipelines of its workflow.

    Attributes:
        name: of the Promise.
        version: of the Promise.
        image: of its pipeline containers.
    """

    def __init__(self, scope: Construct, id: str, props: PromiseProps) -> None:
        super().__init__(scope, id)
        self.name = model.PROMISE
        self.version = props.version
        self.image = props.image
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "platform.kratix.io/v1alpha1",
                "kind": "Promise",
                "metadata": {
                    "name": self.name,
                    "labels": {"kratix.io/promise-version": self.version},
                    # when the Promise is deleted, Kratix deletes every request
                    "annotations": KEEP,
                },
                "spec": {
                    "api": custom_resource_definition(props.regions, props.quotas),
                    "destinationSelectors": [{"matchLabels": dict(model.DESTINATION_LABELS)}],
                    "workflows": {
                        "resource": {
                            "configure": [_pipeline("configure", props, _LIST_REQUESTS)],
                            "delete": [_pipeline("delete", props)],
                        }
                    },
                },
            },
        )


_LIST_REQUESTS = {
    "apiGroups": [model.GROUP],
    "resources": [model.PLURAL],
    "verbs": ["list"],
    "resourceNamespace": "*",
}
"""Permission to find the requests for the same table in other namespaces. Kratix grants what its
own containers need (status, Works)."""


def _pipeline(action: str, props: PromiseProps, *permissions: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": action,
        "image": props.image,
        "imagePullPolicy": props.image_pull_policy,
        "args": [action],
        "securityContext": RESTRICTED,
        "resources": props.resources,
    }
    variables = {"AWS_ACCOUNT_ID": props.account_id, "AWS_REGION": props.regions.default}
    container["env"] = [
        {"name": name, "value": value} for name, value in variables.items() if value
    ]
    spec: dict[str, Any] = {"containers": [container]}
    if permissions:
        spec["rbac"] = {"permissions": list(permissions)}
    if props.image_pull_secrets:
        spec["imagePullSecrets"] = [{"name": name} for name in props.image_pull_secrets]
    return {
        "apiVersion": "platform.kratix.io/v1alpha1",
        "kind": "Pipeline",
        "metadata": {"name": action},
        "spec": spec,
    }
