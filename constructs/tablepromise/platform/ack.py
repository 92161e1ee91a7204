"""ACK's DynamoDB controller: reconciles Tables with tables in AWS."""

from dataclasses import dataclass
from typing import Any, Final, Literal

from constructs import Construct

from tablepromise.platform import versions
from tablepromise.platform.credentials import (
    CredentialsSecret,
    CredentialsSecretProps,
    Emulator,
    IamRole,
    Secret,
)
from tablepromise.platform.helm import HelmRelease, HelmReleaseProps, image_values, patch
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    HTTPS,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
    peers_of,
)
from tablepromise.platform.rbac import role, rule
from tablepromise.request import ack, limits

_DEPLOYMENT = "ack-dynamodb-controller"


_TAGS = [
    f"{key}={value}"
    for key, value in zip(
        limits.ACK_TAGS,
        (
            "%CONTROLLER_SERVICE%-%CONTROLLER_VERSION%",
            "%K8S_NAMESPACE%",
            "%MANAGED_BY%",
            "%KRO_VERSION%",
            "%K8S_RESOURCE_NAME%",
        ),
        strict=True,
    )
]
"""Tags of every table in AWS: the chart's default ones, and the name of the Table."""


@dataclass(frozen=True, kw_only=True)
class AckDynamoDBProps:
    """Options of `AckDynamoDB`.

    Attributes:
        region: AWS region of Tables without a region; the controller does not start without it.
        identity: credentials in AWS: a role, or a Secret whose key `credentials` holds an AWS
            credentials file; or the emulator in the place of AWS.
        chart: default: the pinned one.
        image: default: the pinned one.
        endpoint_url: of DynamoDB, such as a VPC endpoint; default: AWS's own, or the emulator's.
        identity_endpoint_url: of STS, which the controller calls first; default: AWS's own, or the
            emulator's.
        allow_unsafe_endpoints: endpoints may be http; default: only the emulator's.
        resync_seconds: after which a table is compared with its Table again: drift lasts so long at
            most. Default: 600, and 60 with an emulator; the controller's own default is ten hours.
            Each comparison is six calls to AWS.
        concurrency: tables that are reconciled at once; default: 10.
        deletion_policy: for Tables without a policy (the renderer sets one on each); default:
            retain.
        memory_limit: default: 256Mi.
        network: facts about the cluster's network; default: none are known.
    """

    region: str
    identity: IamRole | Secret | Emulator
    chart: versions.Chart = versions.ACK_CHART
    image: str = versions.ACK_IMAGE
    endpoint_url: str | None = None
    identity_endpoint_url: str | None = None
    allow_unsafe_endpoints: bool | None = None
    resync_seconds: int | None = None
    concurrency: int = 10
    deletion_policy: Literal["retain", "delete"] = "retain"
    memory_limit: str = "256Mi"
    network: ClusterNetwork = DEFAULT_NETWORK

    def __post_init__(self) -> None:
        urls = {
            "endpoint_url": self.endpoint_url,
            "identity_endpoint_url": self.identity_endpoint_url,
        }
        for name, url in urls.items():
            if url is None or url.startswith("https://"):
                continue
            if not (self.allow_unsafe_endpoints or isinstance(self.identity, Emulator)):
                raise ValueError(
                    f"{name} is not safe: got {url!r}, allowed: an https URL; with "
                    "allow_unsafe_endpoints credentials travel in plain"
                )


class AckDynamoDB(Construct):
    """The controller, for Tables only, with the permissions for Tables only.

    Attributes:
        endpoint_url: of DynamoDB; None for AWS's own.
        resync_seconds: as given or by default.
    """

    NAMESPACE = "ack-system"

    def __init__(self, scope: Construct, id: str, props: AckDynamoDBProps) -> None:
        super().__init__(scope, id)
        identity = props.identity
        emulator = identity.url if isinstance(identity, Emulator) else None
        self.resync_seconds = props.resync_seconds or (60 if emulator else 600)
        self.endpoint_url = props.endpoint_url or emulator
        identity_url = props.identity_endpoint_url or emulator
        unsafe = props.allow_unsafe_endpoints
        if unsafe is None:
            unsafe = emulator is not None
        aws: dict[str, Any] = {
            "region": props.region,
            "endpoint_url": self.endpoint_url or "",
            "identity_endpoint_url": identity_url or "",
            "allow_unsafe_aws_endpoint_urls": unsafe,
        }
        values: dict[str, Any] = {
            "fullnameOverride": _DEPLOYMENT,
            "image": image_values(props.image),
            # the subject that a role in AWS trusts (IRSA)
            "serviceAccount": {"name": _DEPLOYMENT},
            "aws": aws,
            "deletionPolicy": props.deletion_policy,
            "resourceTags": _TAGS,
            # never two writers: the new pod starts after the old one, and holds a lease
            "deployment": {"strategy": {"type": "Recreate"}},
            "leaderElection": {"enabled": True, "namespace": self.NAMESPACE},
            # roles of other accounts, chosen by annotations of a namespace
            "enableCARM": False,
            "reconcile": {
                "resources": ["Table"],
                "resourceResyncPeriods": {"Table": self.resync_seconds},
                "resourceMaxConcurrentSyncs": {"Table": props.concurrency},
            },
            "resources": {
                "requests": {"cpu": "50m", "memory": "64Mi"},
                "limits": {"cpu": "1", "memory": props.memory_limit},
            },
        }
        # the controller removes the Tables' finalizers: without it no Table can be deleted
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        NetworkPolicy(
            self,
            "Controller",
            NetworkPolicyProps(
                name="controller",
                namespace=self.NAMESPACE,
                ingress=props.network.metrics(8080),
                egress=props.network.egress(*aws_peers(self.endpoint_url, identity_url)),
            ),
        )
        if isinstance(identity, IamRole):
            values["serviceAccount"]["annotations"] = identity.annotations
        elif isinstance(identity, Emulator):
            values["deployment"]["extraEnvVars"] = [
                {"name": "AWS_ACCESS_KEY_ID", "value": "emulator"},
                {"name": "AWS_SECRET_ACCESS_KEY", "value": "emulator"},
            ]
        else:
            secret = CredentialsSecret(
                self,
                "Credentials",
                CredentialsSecretProps(namespace=self.NAMESPACE, source=identity),
            )
            aws["credentials"] = {"secretName": secret.name}
        HelmRelease(
            self,
            "Release",
            HelmReleaseProps(
                name="ack-dynamodb",
                namespace=self.NAMESPACE,
                chart=props.chart,
                values=values,
                patches=[_termination_message(), _permissions(), _no_field_exports()],
                # FieldExport and IAMRoleSelector are those of all ACK controllers in the cluster
                replace_crds=False,
            ),
        )


def aws_peers(*endpoints: str | None) -> tuple[Peer, ...]:
    """Return the peers for calls to AWS; None is an endpoint of AWS's own."""
    own = (HTTPS,) if None in endpoints else ()
    return (*own, *peers_of(url for url in endpoints if url))


def _termination_message() -> dict[str, Any]:
    """Patch: the pod's status has the error of a controller that does not start, such as of STS."""
    container = {"name": "controller", "terminationMessagePolicy": "FallbackToLogsOnError"}
    return patch(
        {"kind": "Deployment", "name": _DEPLOYMENT},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": _DEPLOYMENT},
            "spec": {"template": {"spec": {"containers": [container]}}},
        },
    )


PERMISSIONS: Final = (
    rule("", ["namespaces"], ["get", "list", "watch"]),
    rule(ack.GROUP, ["tables"], ["get", "list", "watch", "patch", "update"]),
    rule(ack.GROUP, ["tables/status"], ["get", "patch", "update"]),
)
"""What the controller needs in the cluster for Tables without references to other objects."""


def _permissions() -> dict[str, Any]:
    """Patch: the chart's ClusterRole could read and change every Secret and ConfigMap."""
    return patch({"kind": "ClusterRole", "name": _DEPLOYMENT}, role(_DEPLOYMENT, PERMISSIONS))


def _no_field_exports() -> dict[str, Any]:
    """Patch: FieldExports write to any Secret or ConfigMap, and no value switches them off."""
    return patch(
        {"kind": "Deployment", "name": _DEPLOYMENT},
        [
            {
                "op": "add",
                "path": "/spec/template/spec/containers/0/args/-",
                "value": "--enable-field-export-reconciler=false",
            }
        ],
    )
