"""Crossplane: tables by DynamoDBTable, made by the AWS provider instead of ACK."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.dialects import crossplane
from tablepromise.objects import KubeObject
from tablepromise.platform.ack import AckDynamoDB, Emulator
from tablepromise.platform.credentials import IamRole, Secret
from tablepromise.platform.namespace import KEEP
from tablepromise.request.quotas import AWS_DEFAULT, Quotas
from tablepromise.request.regions import USUAL, Regions


@dataclass(frozen=True, kw_only=True)
class CompositeTableProps:
    """Options of `CompositeTable`.

    Attributes:
        regions: of the tables; default: those of a target in us-west-2.
        quotas: of the AWS account of the tables; default: AWS's.
    """

    regions: Regions = USUAL
    quotas: Quotas = AWS_DEFAULT


class CompositeTable(Construct):
    """The API DynamoDBTable (an XRD), and the Composition that serves it.

    It needs, by these names, the Function `function-python` and a ClusterProviderConfig.

    Attributes:
        name: of the XRD and of the Composition.
    """

    def __init__(self, scope: Construct, id: str, props: CompositeTableProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or CompositeTableProps()
        self.name = crossplane.NAME
        definition = crossplane.composite_resource_definition(props.regions, props.quotas)
        # with the XRD Crossplane deletes every DynamoDBTable
        definition["metadata"]["annotations"] = KEEP
        KubeObject(self, "Resource", definition)
        KubeObject(self, "Composition", crossplane.composition())


@dataclass(frozen=True, kw_only=True)
class ProviderConfigProps:
    """Who the AWS provider is.

    Attributes:
        identity: in AWS: the role of the provider's ServiceAccount, or the Secret of ACK; or the
            emulator that stands in for it.
    """

    identity: IamRole | Secret | Emulator


class ProviderConfig(Construct):
    """The ClusterProviderConfig that every table uses.

    Attributes:
        name: of the ClusterProviderConfig: what a managed resource uses that names none.
    """

    def __init__(self, scope: Construct, id: str, props: ProviderConfigProps) -> None:
        super().__init__(scope, id)
        self.name = "default"
        identity = props.identity
        if isinstance(identity, IamRole):
            # its ARN is on the ServiceAccount
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
                # without it no table can be let go
                "metadata": {"name": self.name, "annotations": KEEP},
                "spec": spec,
            },
        )


def _emulated(url: str) -> dict[str, Any]:
    return {
        # AWS's own order of sources, with the provider's environment first. IRSA has the same, but
        # stops without a token file
        "credentials": {"source": "PodIdentity"},
        "endpoint": {
            "source": "Custom",
            "url": {"type": "Static", "static": url},
            "hostnameImmutable": True,
            # what is not listed is asked of AWS itself
            "services": ["dynamodb", "iam", "kms", "sts"],
        },
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "skip_requesting_account_id": True,
    }
