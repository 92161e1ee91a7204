"""Charts: one per place that objects land, in the order in which a cluster needs them."""

from typing import Any

import cdk8s
from constructs import Construct

from infra.objects import engines
from infra.targets import InCluster, Target, examples
from tablepromise.objects import KubeObject
from tablepromise.offers import (
    ComponentDefinition,
    ComponentDefinitionProps,
    CompositeTable,
    CompositeTableProps,
    Promise,
    PromiseProps,
    ProviderConfig,
    ProviderConfigProps,
    ResourceGraph,
    ResourceGraphProps,
)
from tablepromise.platform import (
    S3,
    Access,
    AccessProps,
    AckDynamoDB,
    AckDynamoDBProps,
    ApiDeletionPolicy,
    CertManager,
    CertManagerProps,
    Crossplane,
    Destination,
    DestinationProps,
    Emulator,
    ExistingSecret,
    Flux,
    Git,
    IamRole,
    Kratix,
    KratixProps,
    LocalStack,
    LocalStackProps,
    Moto,
    MotoProps,
    Namespace,
    NamespaceDeletionPolicy,
    NamespaceProps,
    PipelineLimits,
    PipelineLimitsProps,
    Reflector,
    ReflectorProps,
    RequestDeletionPolicy,
    RequestWarnings,
    Secret,
    StateStore,
    StateStoreProps,
    TableDeletionPolicy,
    VersityGw,
    VersityGwProps,
    versions,
)
from tablepromise.platform.network import Peer, peers_of


class Place(cdk8s.Chart):
    """Objects that are applied together.

    Attributes:
        folder: below the target's.
    """

    folder: str

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, self.folder)

    def documents(self) -> list[dict[str, Any]]:
        """Its objects, as they were given: a place adds nothing to them.

        So this is what `to_json` says, without three messages to Node.js for each object.
        """
        return [node.manifest for node in self.node.find_all() if isinstance(node, KubeObject)]


class Controllers(Place):
    """Everything that runs, and brings the kinds that the next stages use.

    Attributes:
        store: the target's state store, or the one that is made here.
        identity: who makes tables in AWS, or the emulator that they are made in.
        account_id: AWS account of the tables, or the emulator's; None if unknown.
        ack: the controller of the tables.
    """

    folder = "infrastructure/controllers"

    def __init__(self, scope: Construct, target: Target) -> None:
        super().__init__(scope)
        mirror = target.mirror
        cert_manager = None
        if target.cert_manager:
            cert_manager = CertManager(
                self,
                "CertManager",
                CertManagerProps(
                    chart=mirror.chart(versions.CERT_MANAGER_CHART),
                    controller_image=mirror.image(versions.CERT_MANAGER_IMAGE),
                    webhook_image=mirror.image(versions.CERT_MANAGER_WEBHOOK_IMAGE),
                    cainjector_image=mirror.image(versions.CERT_MANAGER_CAINJECTOR_IMAGE),
                    network=target.network,
                ),
            ).release
        self.store = self._store(target)
        Kratix(
            self,
            "Kratix",
            KratixProps(
                cert_manager=cert_manager,
                chart=mirror.chart(versions.KRATIX_CHART),
                image=mirror.image(versions.KRATIX_IMAGE),
                role=store_role(target),
                # cheap where the store is beside Kratix, and where it is the likeliest to be lost
                rewrite_interval="1m" if isinstance(target.store, InCluster) else "10m",
                network=target.network,
                stores=store_peers(self.store),
            ),
        )
        self.identity, self.account_id = self._identity(target)
        self.ack = AckDynamoDB(
            self,
            "AckDynamoDB",
            AckDynamoDBProps(
                region=target.region,
                identity=self.identity,
                chart=mirror.chart(versions.ACK_CHART),
                image=mirror.image(versions.ACK_IMAGE),
                network=target.network,
            ),
        )
        image = mirror.image(target.image)
        Reflector(self, "Reflector", ReflectorProps(image=image, network=target.network))
        engines.install(self, target, cert_manager)

    def _identity(self, target: Target) -> tuple[IamRole | Secret | Emulator, str | None]:
        """Who ACK is, and in which account; an emulator is made here."""
        emulator: LocalStack | Moto
        # the teams' programs use the tables that are made in it
        users = (AckDynamoDB.NAMESPACE, *target.teams)
        if "crossplane" in target.offers:
            users = (Crossplane.NAMESPACE, *users)
        if target.aws == "localstack":
            image = target.mirror.image(versions.LOCALSTACK_IMAGE)
            emulator = LocalStack(self, "LocalStack", LocalStackProps(image=image, users=users))
        elif target.aws == "moto":
            image = target.mirror.image(versions.MOTO_IMAGE)
            emulator = Moto(self, "Moto", MotoProps(image=image, users=users))
        else:
            return target.aws, target.account_id
        return Emulator(url=emulator.url), emulator.ACCOUNT_ID

    def _store(self, target: Target) -> S3 | Git:
        if not isinstance(target.store, InCluster):
            return target.store
        server = VersityGw(
            self,
            "StateStore",
            VersityGwProps(
                writers=(Kratix.NAMESPACE,),
                readers=(Flux.NAMESPACE,),
                size=target.store.size,
                storage_class=target.store.storage_class,
                image=target.mirror.image(versions.VERSITYGW_IMAGE),
                keys_image=target.mirror.image(target.image),
                network=target.network,
            ),
        )
        return S3(
            bucket=server.bucket,
            endpoint=server.endpoint,
            plain_http=True,
            identity=ExistingSecret(name=server.secret),
            read_identity=ExistingSecret(name=server.read_secret),
            read_endpoint=server.read_endpoint,
        )


class Configs(Place):
    """What the controllers are told: where to write, where to read, what to guard.

    Attributes:
        store: reference to the state store.
        backend: the state store itself.
        packages: (API version, kind, name) of Crossplane's; none if it is not installed.
    """

    folder = "infrastructure/configs"

    def __init__(self, scope: Construct, target: Target, controllers: Controllers) -> None:
        super().__init__(scope)
        store = StateStore(
            self,
            "StateStore",
            StateStoreProps(name=target.name, backend=controllers.store),
        )
        self.store = store.reference
        self.backend = controllers.store
        Destination(
            self,
            "Destination",
            DestinationProps(
                name=target.name,
                store=store,
                labels={"environment": target.environment, "region": target.region},
                namespaces=target.teams,
            ),
        )
        for name in target.teams:
            # kept: with it would go its requests. Not closed: what else a team runs there is theirs
            Namespace(self, f"Namespace-{name}", NamespaceProps(name=name, keep=True, closed=False))
        TableDeletionPolicy(self, "TableGuard")
        RequestDeletionPolicy(self, "RequestGuard")
        NamespaceDeletionPolicy(self, "NamespaceGuard")
        ApiDeletionPolicy(self, "ApiGuard")
        engines.guard(self, target)
        self.packages = engines.packages(self, target, controllers.identity)


class Promises(Place):
    """What the platform team offers.

    Attributes:
        promise: of the tables.
    """

    folder = "promises"

    def __init__(self, scope: Construct, target: Target, controllers: Controllers) -> None:
        super().__init__(scope)
        regions, quotas = target.table_regions, target.quotas
        self.promise = Promise(
            self,
            "DynamoDB",
            PromiseProps(
                image=target.mirror.image(target.image),
                account_id=controllers.account_id,
                regions=regions,
                quotas=quotas,
            ),
        )
        RequestWarnings(self, "Advice")
        asked_as = tuple(engines.ASKED_AS[o] for o in target.offers if o in engines.ASKED_AS)
        Access(self, "Access", AccessProps(also=asked_as))
        if "kro" in target.offers:
            ResourceGraph(self, "Kro", ResourceGraphProps(regions=regions, quotas=quotas))
        if "crossplane" in target.offers:
            ProviderConfig(
                self, "CrossplaneAccess", ProviderConfigProps(identity=controllers.identity)
            )
            CompositeTable(self, "Crossplane", CompositeTableProps(regions=regions, quotas=quotas))
        if "kubevela" in target.offers:
            ComponentDefinition(
                self, "KubeVela", ComponentDefinitionProps(regions=regions, quotas=quotas)
            )


class Requests(Place):
    """The teams' requests, and what their pipelines may take and reach."""

    folder = "requests"

    def __init__(self, scope: Construct, target: Target) -> None:
        super().__init__(scope)
        for name in target.teams:
            limits = PipelineLimitsProps(namespace=name, network=target.network)
            PipelineLimits(self, f"Pipelines-{name}", limits)
        if target.examples:
            for name, request in examples():
                KubeObject(self, name, request)


def store_role(target: Target) -> IamRole | None:
    """The role that Kratix reads and writes the bucket with."""
    identity = target.store.identity if isinstance(target.store, S3) else None
    return identity if isinstance(identity, IamRole) else None


def read_role(target: Target) -> IamRole | None:
    """The role that Flux reads the bucket with."""
    own = target.store.read_identity if isinstance(target.store, S3) else None
    return store_role(target) if own is None else own if isinstance(own, IamRole) else None


def store_peers(store: S3 | Git, *, read_only: bool = False) -> tuple[Peer, ...]:
    """Return the peers of Kratix, or of Flux, which only reads, when they use a state store."""
    if isinstance(store, Git):
        return peers_of([store.url])
    endpoint, identity = store.endpoint, store.identity
    if read_only:
        endpoint, identity = store.read_endpoint or endpoint, store.read_identity or identity
    urls = [f"{'http' if store.plain_http else 'https'}://{endpoint}"]
    if isinstance(identity, IamRole):
        urls.append("https://sts.amazonaws.com")
    return peers_of(urls)
