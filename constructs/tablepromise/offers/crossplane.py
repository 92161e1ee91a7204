"""Crossplane: the AWS provider creates a table for each DynamoDBTable, without ACK."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.dialects import crossplane
from tablepromise.objects import KubeObject
from tablepromise.platform.ack import AckDynamoDB
from tablepromise.platform.credentials import Emulator, IamRole, Secret
from tablepromise.platform.namespace import KEEP
from tablepromise.request.quotas import DEFAULT_QUOTAS, Quotas
from tablepromise.request.regions import DEFAULT_REGIONS, Regions


@dataclass(frozen=True, kw_only=True)
class CompositeTableProps:
    """Options of `CompositeTable`.

    Attributes:
        regions: of the tables; default: those of a target in us-west-2.
        quotas: of the AWS account of the tables; default: AWS's.
    """

    regions: Regions = DEFAULT_REGIONS
    quotas: Quotas = DEFAULT_QUOTAS


class CompositeTable(Construct):
    """The XRD of DynamoDBTable, and its Composition.

    They refer by name to the Function `function-python` and the ClusterProviderConfig `default`.

    Attributes:
        name: of the XRD and of the Composition.
    """

    def __init__(self, scope: Construct, id: str, props: CompositeTableProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or CompositeTableProps()
        self.name = crossplane.NAME
        definition = crossplane.composite_resource_definition(props.regions, props.quotas)
        # when the XRD is deleted, Crossplane deletes every DynamoDBTable
        definition["metadata"]["annotations"] = KEEP
        KubeObject(self, "Resource", definition)
        KubeObject(self, "Composition", crossplane.composition())


@dataclass(frozen=True, kw_only=True)
class ProviderConfigProps:
    """Options of `ProviderConfig`: credentials and endpoint of the AWS provider.

    Attributes:
        identity: the IAM role of the provider's ServiceAccount, or ACK's Secret; or an emulator of
            AWS.
    """

    identity: IamRole | Secret | Emulator


class ProviderConfig(Construct):
    """The ClusterProviderConfig that every table uses.

    Attributes:
        name: of the ClusterProviderConfig; managed resources without a reference use this one.
    """

    def __init__(self, scope: Construct, id: str, props: ProviderConfigProps) -> None:
        super().__init__(scope, id)
        self.name = "default"
        identity = props.identity
        if isinstance(identity, IamRole):
            # the ServiceAccount has the ARN of the role
            spec: dict[str, Any] = {"credentials": {"source": "IRSA"}}
        elif isinstance(identity, Emulator):
            spec = _emulated(identity.url)
        else:
            reference = {
                "namespace": AckDynamoDB.NAMESPACE,
                "name": identity.name,
                "key": "credentials",
            }
            spec = {"credentials": {"source": "Secret", "secretRef": reference}}
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "aws.m.upbound.io/v1beta1",
                "kind": "ClusterProviderConfig",
                # the provider needs it to delete a managed resource
                "metadata": {"name": self.name, "annotations": KEEP},
                "spec": spec,
            },
        )


def _emulated(url: str) -> dict[str, Any]:
    return {
        # the AWS SDK's default chain, which begins with the environment variables of the provider.
        # IRSA has the same chain, but fails without a token file
        "credentials": {"source": "PodIdentity"},
        "endpoint": {
            "source": "Custom",
            "url": {"type": "Static", "static": url},
            "hostnameImmutable": True,
            # the provider calls AWS for services that are not listed
            "services": ["dynamodb", "iam", "kms", "sts"],
        },
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "skip_requesting_account_id": True,
    }
