"""Tables by kro: a DynamoDBTable of group kro.tablepromise.dev becomes an ACK Table."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.dialects import kro
from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps
from tablepromise.request.quotas import AWS_DEFAULT, Quotas
from tablepromise.request.regions import USUAL, Regions


@dataclass(frozen=True, kw_only=True)
class ResourceGraphProps:
    """Options of `ResourceGraph`.

    Attributes:
        regions: of the tables; default: those of a target in us-west-2.
        quotas: of the AWS account of the tables; default: AWS's.
    """

    regions: Regions = USUAL
    quotas: Quotas = AWS_DEFAULT


class ResourceGraph(Construct):
    """The ResourceGraphDefinition, and a policy with the rules that it cannot hold.

    ACK's Table must be served before: kro refuses what it cannot check against that.

    Attributes:
        name: of the ResourceGraphDefinition.
    """

    def __init__(self, scope: Construct, id: str, props: ResourceGraphProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or ResourceGraphProps()
        self.name = kro.NAME
        definition = kro.resource_graph_definition(props.regions, props.quotas)
        # without it nobody attends to a DynamoDBTable, and none can be deleted
        definition["metadata"]["annotations"] = KEEP
        KubeObject(self, "Resource", definition)
        AdmissionPolicy(
            self,
            "Rules",
            AdmissionPolicyProps(
                name="tablepromise-kro-rules",
                spec=kro.admission_policy(props.quotas),
                binding={"validationActions": ["Deny"]},
            ),
        )
