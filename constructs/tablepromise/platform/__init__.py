"""Constructs of everything that is installed on a cluster, and all versions."""

from tablepromise.platform.ack import AckDynamoDB, AckDynamoDBProps
from tablepromise.platform.agent import agent_name
from tablepromise.platform.cert_manager import CertManager, CertManagerProps
from tablepromise.platform.credentials import (
    CredentialsSecret,
    CredentialsSecretProps,
    Emulator,
    ExistingSecret,
    ExternalSecret,
    IamRole,
    SealedSecret,
    Secret,
)
from tablepromise.platform.crossplane import Crossplane, CrossplaneProps
from tablepromise.platform.crossplane_aws import CrossplaneAws, CrossplaneAwsProps
from tablepromise.platform.deletion_policies import (
    ApiDeletionPolicy,
    ApiDeletionPolicyProps,
    NamespaceDeletionPolicy,
    RequestDeletionPolicy,
    TableDeletionPolicy,
)
from tablepromise.platform.destination import Destination, DestinationProps
from tablepromise.platform.emulators import LocalStack, LocalStackProps, Moto, MotoProps
from tablepromise.platform.flux import Flux, FluxProps
from tablepromise.platform.gitops import (
    Application,
    Repository,
    RepositorySource,
    Stage,
    StageProps,
)
from tablepromise.platform.installer import Installer
from tablepromise.platform.kratix import Kratix, KratixProps
from tablepromise.platform.kro import Kro, KroProps
from tablepromise.platform.kubevela import KubeVela, KubeVelaProps
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import ClusterNetwork, Peer
from tablepromise.platform.pipeline_limits import PipelineLimits, PipelineLimitsProps
from tablepromise.platform.rbac import Access, AccessProps
from tablepromise.platform.reflector import Reflector, ReflectorProps
from tablepromise.platform.reflector_access import ReflectorAccess, ReflectorAccessProps
from tablepromise.platform.state_store import S3, Git, StateStore, StateStoreProps
from tablepromise.platform.versitygw import VersityGw, VersityGwProps
from tablepromise.platform.warning_policies import RequestWarnings

__all__ = [
    "S3",
    "Access",
    "AccessProps",
    "AckDynamoDB",
    "AckDynamoDBProps",
    "ApiDeletionPolicy",
    "ApiDeletionPolicyProps",
    "Application",
    "CertManager",
    "CertManagerProps",
    "ClusterNetwork",
    "CredentialsSecret",
    "CredentialsSecretProps",
    "Crossplane",
    "CrossplaneAws",
    "CrossplaneAwsProps",
    "CrossplaneProps",
    "Destination",
    "DestinationProps",
    "Emulator",
    "ExistingSecret",
    "ExternalSecret",
    "Flux",
    "FluxProps",
    "Git",
    "IamRole",
    "Installer",
    "Kratix",
    "KratixProps",
    "Kro",
    "KroProps",
    "KubeVela",
    "KubeVelaProps",
    "LocalStack",
    "LocalStackProps",
    "Moto",
    "MotoProps",
    "Namespace",
    "NamespaceDeletionPolicy",
    "NamespaceProps",
    "Peer",
    "PipelineLimits",
    "PipelineLimitsProps",
    "Reflector",
    "ReflectorAccess",
    "ReflectorAccessProps",
    "ReflectorProps",
    "Repository",
    "RepositorySource",
    "RequestDeletionPolicy",
    "RequestWarnings",
    "SealedSecret",
    "Secret",
    "Stage",
    "StageProps",
    "StateStore",
    "StateStoreProps",
    "TableDeletionPolicy",
    "VersityGw",
    "VersityGwProps",
    "agent_name",
]
