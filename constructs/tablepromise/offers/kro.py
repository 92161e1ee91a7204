"""Tables by kro: a DynamoDBTable of group kro.tablepromise.dev becomes an ACK Table."""

from constructs import Construct

from tablepromise.dialects import kro
from tablepromise.objects import KubeObject
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.policy import AdmissionPolicy, AdmissionPolicyProps


class ResourceGraph(Construct):
    """The ResourceGraphDefinition, and a policy with the rules that it cannot hold.

    ACK's Table must be served before: kro refuses what it cannot check against that.

    Attributes:
        name: of the ResourceGraphDefinition.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.name = kro.NAME
        definition = kro.resource_graph_definition()
        # without it nobody attends to a DynamoDBTable, and none can be deleted
        definition["metadata"]["annotations"] = KEEP
        KubeObject(self, "Resource", definition)
        AdmissionPolicy(
            self,
            "Rules",
            AdmissionPolicyProps(
                name="tablepromise-kro-rules",
                spec=kro.admission_policy(),
                binding={"validationActions": ["Deny"]},
            ),
        )
