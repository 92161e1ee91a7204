"""KubeVela: tables as components of an Application; the Promise creates them."""

from collections.abc import Mapping
from dataclasses import dataclass

from constructs import Construct

from tablepromise.dialects import kubevela
from tablepromise.objects import KubeObject
from tablepromise.request import InvalidOption, TableRequest, TableSpec, admit
from tablepromise.request.quotas import DEFAULT_QUOTAS, MAXIMUM_QUOTAS, Quotas
from tablepromise.request.regions import ALL_REGIONS, DEFAULT_REGIONS, Regions


@dataclass(frozen=True, kw_only=True)
class ComponentDefinitionProps:
    """Options of `ComponentDefinition`.

    Attributes:
        namespace: default: KubeVela's own, for the Applications of all namespaces; another: for
            those in it.
        regions: of the tables; default: those of a target in us-west-2.
        quotas: of the AWS account of the tables; default: AWS's.
    """

    namespace: str = "vela-system"
    regions: Regions = DEFAULT_REGIONS
    quotas: Quotas = DEFAULT_QUOTAS


class ComponentDefinition(Construct):
    """The component type `aws-dynamodb-kratix`.

    Attributes:
        name: the `type` of a component.
    """

    def __init__(
        self, scope: Construct, id: str, props: ComponentDefinitionProps | None = None
    ) -> None:
        super().__init__(scope, id)
        props = props or ComponentDefinitionProps()
        self.name = kubevela.COMPONENT
        KubeObject(
            self,
            "Resource",
            kubevela.component_definition(props.namespace, props.regions, props.quotas),
        )


@dataclass(frozen=True, kw_only=True)
class ApplicationProps:
    """Options of `Application`.

    Attributes:
        name: of the Application.
        components: the tables, by the name of component and request.
        namespace: of the Application and its requests; default: `default`.

    Raises:
        RequestRejected: admission would reject one of the requests.
        InvalidOption: there is no component.
    """

    name: str
    components: Mapping[str, TableSpec]
    namespace: str = "default"

    def __post_init__(self) -> None:
        if not self.components:
            raise InvalidOption(
                f"components: none in application {self.name}: got {{}}, allowed: one or more; add "
                "a TableSpec with the name of its component as the key"
            )
        for name, spec in self.components.items():
            request = TableRequest(name=name, namespace=self.namespace, spec=spec)
            # the CRD in the cluster has the allowed regions and quotas
            admit(request.as_document(), regions=ALL_REGIONS, quotas=MAXIMUM_QUOTAS)

    @classmethod
    def of(cls, request: TableRequest) -> "ApplicationProps":
        """Return the options for one table, with the name and namespace of its request."""
        return cls(
            name=request.name, namespace=request.namespace, components={request.name: request.spec}
        )


class Application(Construct):
    """An Application of KubeVela whose components are tables.

    Attributes:
        name: of the Application.
        namespace: of the Application and its requests.
    """

    def __init__(self, scope: Construct, id: str, props: ApplicationProps) -> None:
        super().__init__(scope, id)
        self.name = props.name
        self.namespace = props.namespace
        KubeObject(
            self,
            "Resource",
            kubevela.application_with_components(props.name, props.namespace, props.components),
        )
