"""The objects of a target: one cdk8s chart per folder of manifests, in the order of a cluster."""

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
from tablepromise.platform.state_store import store_peers, write_role


class Folder(cdk8s.Chart):
    """Objects that are applied together.

    Attributes:
        path: of the folder, below the target's.
    """

    path: str

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, self.path)

    def documents(self) -> list[dict[str, Any]]:
        """Return the objects as they were given: the chart adds nothing to them.

        The result is that of `to_json`, without three messages to Node.js for each object.
        """
        return [node.manifest for node in self.node.find_all() if isinstance(node, KubeObject)]


class Controllers(Folder):
    """The controllers, with the CRDs that the next folders need.

    Attributes:
        store: the target's state store, or the one that is created here.
        identity: of ACK in AWS, or the emulator.
        account_id: AWS account of the tables, or the emulator's; None if unknown.
        ack: ACK's controller.
    """

    path = "infrastructure/controllers"

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
                role=write_role(self.store),
                # cheap for a store in the cluster, which is also the likeliest to lose files
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
        """The identity and the AWS account of ACK; creates the emulator, if there is one."""
        emulator: LocalStack | Moto
        # the teams' programs use its tables
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


class Configs(Folder):
    """Objects of the controllers' kinds: state store, Destination, packages; admission policies.

    Attributes:
        store: reference to the state store.
        backend: the bucket or repository of the state store.
        packages: (API version, kind, name) of Crossplane's; none if it is not installed.
    """

    path = "infrastructure/configs"

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
            # kept: deleting it deletes its requests. Not closed: the team's other pods are theirs
            Namespace(self, f"Namespace-{name}", NamespaceProps(name=name, keep=True, closed=False))
        TableDeletionPolicy(self, "TableGuard")
        RequestDeletionPolicy(self, "RequestGuard")
        NamespaceDeletionPolicy(self, "NamespaceGuard")
        ApiDeletionPolicy(self, "ApiGuard")
        engines.deletion_policies(self, target)
        self.packages = engines.packages(self, target, controllers.identity)


class Promises(Folder):
    """The Promise, the other offers, and the ClusterRoles for people.

    Attributes:
        promise: of the tables.
    """

    path = "promises"

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
        kinds = [engines.REQUEST_KINDS.get(offer) for offer in target.offers]
        Access(self, "Access", AccessProps(more_kinds=tuple(filter(None, kinds))))
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


class Requests(Folder):
    """Quotas and NetworkPolicies of the teams' pipelines; the example requests."""

    path = "requests"

    def __init__(self, scope: Construct, target: Target) -> None:
        super().__init__(scope)
        for name in target.teams:
            limits = PipelineLimitsProps(namespace=name, network=target.network)
            PipelineLimits(self, f"Pipelines-{name}", limits)
        if target.examples:
            for name, request in examples():
                KubeObject(self, name, request)
