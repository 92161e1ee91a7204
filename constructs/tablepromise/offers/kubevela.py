"""KubeVela: tables as components of an Application. The Promise of the same name makes them."""

from collections.abc import Mapping
from dataclasses import dataclass

from constructs import Construct

from tablepromise.dialects import kubevela
from tablepromise.objects import KubeObject
from tablepromise.request import TableRequest, TableSpec, admit
from tablepromise.request.quotas import AWS_DEFAULT, HIGHEST, Quotas
from tablepromise.request.regions import EVERY, USUAL, Regions


@dataclass(frozen=True, kw_only=True)
class ComponentDefinitionProps:
    """What a ComponentDefinition may be told.

    Attributes:
        namespace: default: KubeVela's own, which makes the component known to every Application;
            in another, it is known to those in it.
        regions: of the tables; default: those of a target in us-west-2.
        quotas: of the AWS account of the tables; default: AWS's.
    """

    namespace: str = "vela-system"
    regions: Regions = USUAL
    quotas: Quotas = AWS_DEFAULT


class ComponentDefinition(Construct):
    """The component type `aws-dynamodb-kratix`.

    Attributes:
        name: what a component gives as its type.
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
    """What an Application asks for.

    Attributes:
        name: of the Application.
        components: the tables, by the names of their components: each is its request's name too.
        namespace: of the Application and its requests; default: `default`.

    Raises:
        RequestRefused: admission would refuse one of the requests.
        ValueError: there is no component.
    """

    name: str
    components: Mapping[str, TableSpec]
    namespace: str = "default"

    def __post_init__(self) -> None:
        if not self.components:
            raise ValueError(
                f"application {self.name} asks for nothing: got no components, allowed: one or "
                "more; give a TableSpec by the name of its component"
            )
        for name, spec in self.components.items():
            request = TableRequest(name=name, namespace=self.namespace, spec=spec)
            # regions and quotas are facts of the cluster
            admit(request.as_document(), regions=EVERY, quotas=HIGHEST)

    @classmethod
    def of(cls, request: TableRequest) -> "ApplicationProps":
        """An Application for one table, with the name and namespace of its request."""
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
