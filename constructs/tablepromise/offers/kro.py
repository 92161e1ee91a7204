"""kro: creates an ACK Table for each DynamoDBTable of group kro.tablepromise.dev."""

from dataclasses import dataclass

from constructs import Construct

from tablepromise.dialects import kro
from tablepromise.objects import KubeObject
from tablepromise.platform.admission_policy import AdmissionPolicy, AdmissionPolicyProps, match
from tablepromise.platform.namespace import KEEP
from tablepromise.request.quotas import DEFAULT_QUOTAS, Quotas
from tablepromise.request.regions import DEFAULT_REGIONS, Regions


@dataclass(frozen=True, kw_only=True)
class ResourceGraphProps:
    """Options of `ResourceGraph`.

    Attributes:
        regions: of the tables; default: those of a target in us-west-2.
        quotas: of the AWS account of the tables; default: AWS's.
    """

    regions: Regions = DEFAULT_REGIONS
    quotas: Quotas = DEFAULT_QUOTAS


class ResourceGraph(Construct):
    """The ResourceGraphDefinition, and an admission policy with the rules.

    The CRD of ACK's Table must exist before: kro checks the template against it.

    Attributes:
        name: of the ResourceGraphDefinition.
    """

    def __init__(self, scope: Construct, id: str, props: ResourceGraphProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or ResourceGraphProps()
        self.name = kro.NAME
        definition = kro.resource_graph_definition(props.regions, props.quotas)
        # kro reconciles DynamoDBTables, and removes their finalizer, only while it exists
        definition["metadata"]["annotations"] = KEEP
        KubeObject(self, "Resource", definition)
        AdmissionPolicy(
            self,
            "Rules",
            AdmissionPolicyProps(
                name="tablepromise-kro-rules",
                # an error in a rule rejects the object too: its author reads the reason
                failure_policy="Fail",
                matches=(match(kro.GROUP, kro.VERSION, [kro.PLURAL], "CREATE", "UPDATE"),),
                # kro must be able to remove its finalizer, also from a spec that is not valid
                conditions={"spec-changes": "oldObject == null || object.spec != oldObject.spec"},
                variables={"was": "oldObject.spec"},
                validations=kro.policy_validations(props.quotas),
            ),
        )
