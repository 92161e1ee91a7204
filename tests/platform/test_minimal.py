"""Each construct with its required options only.

Its objects are in `minimal/`, but for those that are in a snapshot of a target too.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cdk8s
import pytest
from constructs import Construct
from image import IMAGE

from tablepromise.platform import (
    S3,
    Access,
    AckDynamoDB,
    AckDynamoDBProps,
    ApiDeletionPolicy,
    Application,
    CertManager,
    CredentialsSecret,
    CredentialsSecretProps,
    Crossplane,
    CrossplaneAws,
    CrossplaneAwsProps,
    Destination,
    DestinationProps,
    Emulator,
    ExistingSecret,
    ExternalSecret,
    Flux,
    Git,
    IamRole,
    Kratix,
    KratixProps,
    Kro,
    KroProps,
    KubeVela,
    KubeVelaProps,
    LocalStack,
    Moto,
    Namespace,
    NamespaceDeletionPolicy,
    NamespaceProps,
    PipelineLimits,
    PipelineLimitsProps,
    Reflector,
    ReflectorAccess,
    ReflectorAccessProps,
    ReflectorProps,
    Repository,
    RepositorySource,
    RequestDeletionPolicy,
    RequestWarnings,
    Stage,
    StageProps,
    StateStore,
    StateStoreProps,
    TableDeletionPolicy,
    VersityGw,
    VersityGwProps,
)
from tablepromise.request import dump

MINIMAL = Path(__file__).parent / "minimal"
SNAPSHOTS = Path(__file__).parents[1] / "snapshots"
BUCKET = S3(bucket="kratix", endpoint="s3.example.com", identity=ExistingSecret(name="keys"))
REPOSITORY = Git(url="https://git.example.com/state.git", secret=ExistingSecret(name="login"))


def bucket(scope: Construct) -> StateStore:
    return StateStore(scope, "Store", StateStoreProps(name="store", backend=BUCKET))


CONSTRUCTS: dict[str, Callable[[Construct], object]] = {
    "access": lambda scope: Access(scope, "X"),
    "ack": lambda scope: AckDynamoDB(
        scope,
        "X",
        AckDynamoDBProps(region="us-west-2", identity=ExistingSecret(name="aws-credentials")),
    ),
    "ack-emulated": lambda scope: AckDynamoDB(
        scope,
        "X",
        AckDynamoDBProps(region="us-west-2", identity=Emulator(url="http://moto.moto.svc:5000")),
    ),
    "advice": lambda scope: RequestWarnings(scope, "X"),
    "api-guard": lambda scope: ApiDeletionPolicy(scope, "X"),
    "application": lambda scope: Application(
        scope, "X", name="flux", wave=0, source={"repoURL": "https://git.example.com/x.git"}
    ),
    "cert-manager": lambda scope: CertManager(scope, "X"),
    "credentials": lambda scope: CredentialsSecret(
        scope,
        "X",
        CredentialsSecretProps(
            namespace="ack-system", source=ExternalSecret(name="aws", store="vault", key="ack")
        ),
    ),
    "crossplane": lambda scope: Crossplane(scope, "X"),
    "crossplane-aws": lambda scope: CrossplaneAws(
        scope,
        "X",
        CrossplaneAwsProps(identity=IamRole(arn="arn:aws:iam::123456789012:role/tables")),
    ),
    "crossplane-aws-emulated": lambda scope: CrossplaneAws(
        scope, "X", CrossplaneAwsProps(identity=Emulator(url="http://moto.moto.svc:5000"))
    ),
    "destination": lambda scope: Destination(
        scope, "X", DestinationProps(name="here", store=bucket(scope), namespaces=("team",))
    ),
    "flux": lambda scope: Flux(scope, "X"),
    "guard": lambda scope: TableDeletionPolicy(scope, "X"),
    "kratix": lambda scope: Kratix(scope, "X", KratixProps(cert_manager="cert-manager")),
    "kro": lambda scope: Kro(scope, "X", KroProps(instances=("dynamodbtables.kro.example.com",))),
    "kubevela": lambda scope: KubeVela(scope, "X", KubeVelaProps(cert_manager="cert-manager")),
    "localstack": lambda scope: LocalStack(scope, "X"),
    "moto": lambda scope: Moto(scope, "X"),
    "namespace": lambda scope: Namespace(scope, "X", NamespaceProps(name="here")),
    "namespace-guard": lambda scope: NamespaceDeletionPolicy(scope, "X"),
    "pipeline-limits": lambda scope: PipelineLimits(
        scope, "X", PipelineLimitsProps(namespace="here")
    ),
    "reflector": lambda scope: Reflector(scope, "X", ReflectorProps(image=IMAGE)),
    "reflector-access": lambda scope: ReflectorAccess(
        scope, "X", ReflectorAccessProps(sides=("destination",))
    ),
    "reflector-remote": lambda scope: Reflector(
        scope, "X", ReflectorProps(image=IMAGE, destination="tables")
    ),
    "repository": lambda scope: RepositorySource(
        scope, "X", Repository(url="https://git.example.com/x.git")
    ),
    "request-guard": lambda scope: RequestDeletionPolicy(scope, "X"),
    "stage": lambda scope: Stage(scope, "X", StageProps(name="promises", path="manifests/x")),
    "state-store-git": lambda scope: StateStore(
        scope, "X", StateStoreProps(name="store", backend=REPOSITORY)
    ),
    "state-store-s3": bucket,
    "versitygw": lambda scope: VersityGw(
        scope,
        "X",
        VersityGwProps(
            writers=("kratix-platform-system",), readers=("flux-system",), keys_image=IMAGE
        ),
    ),
}


@cache
def snapshots() -> set[str]:
    """Every object of the snapshots of tests/infra, as text."""
    return {file.read_text(encoding="utf-8") for file in SNAPSHOTS.rglob("*.yaml")}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_minimal(name: str, update: bool) -> None:
    chart = cdk8s.Testing.chart()
    CONSTRUCTS[name](chart)
    documents = cdk8s.Testing.synth(chart)
    assert documents
    own = [document for document in documents if dump(document) not in snapshots()]
    found = dump(*own) if own else ""
    file = MINIMAL / f"{name}.yaml"
    if update:
        file.unlink(missing_ok=True)
        if own:
            file.write_text(found, encoding="utf-8")
    assert found == (file.read_text(encoding="utf-8") if file.exists() else "")


def test_there_is_no_file_of_a_construct_that_went() -> None:
    assert {file.stem for file in MINIMAL.iterdir()} <= CONSTRUCTS.keys()
