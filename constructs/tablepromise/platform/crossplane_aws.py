"""What Crossplane needs for DynamoDB tables: a provider for AWS, and a function to compose them."""

from dataclasses import dataclass
from typing import Any, Literal

from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform import versions
from tablepromise.platform.ack import aws_peers
from tablepromise.platform.credentials import Emulator, IamRole, Secret
from tablepromise.platform.crossplane import Crossplane
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
)
from tablepromise.platform.security import RESTRICTED_POD, UNPRIVILEGED

_GROUP = "pkg.crossplane.io"
_EMULATED = {
    "AWS_ACCESS_KEY_ID": "emulator",
    "AWS_SECRET_ACCESS_KEY": "emulator",
    # it would look for credentials of the machine
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass(frozen=True, kw_only=True)
class CrossplaneAwsProps:
    """Options of `CrossplaneAws`.

    Attributes:
        identity: who the provider is in AWS. A role is that of its ServiceAccount, an emulator
            takes keys that nobody could use elsewhere: both are found where the AWS SDK looks. A
            Secret is for the ProviderConfig to name.
        family: package with the kinds of ProviderConfigs; default: the pinned one.
        dynamodb: package with the kind of tables; default: the pinned one.
        function: package that runs a Composition's script; default: the pinned one.
        resync_seconds: after which a table is compared with its object again; default: 600, and 60
            with an emulator.
        memory_limit: of the provider; default: 1Gi.
        network: facts about the cluster's network; default: none are known.
    """

    identity: IamRole | Secret | Emulator
    family: str = versions.CROSSPLANE_AWS_FAMILY
    dynamodb: str = versions.CROSSPLANE_AWS_DYNAMODB
    function: str = versions.CROSSPLANE_PYTHON
    resync_seconds: int | None = None
    memory_limit: str = "1Gi"
    network: ClusterNetwork = DEFAULT_NETWORK


class CrossplaneAws(Construct):
    """The packages, each with a pod that PodSecurity's `restricted` admits, and what of their kinds
    is needed.

    Crossplane's kinds must be served before, and those of the packages are when these are healthy.
    With a Provider go its kinds, and every table that is managed through them: Flux never deletes
    one, and Crossplane refuses to while there are any.

    Attributes:
        packages: (API version, kind, name) of each.
        resync_seconds: as given or by default.
    """

    FAMILY = "provider-family-aws"
    DYNAMODB = "provider-aws-dynamodb"
    """Of the provider, and of the ServiceAccount that a role must trust."""
    FUNCTION = "function-python"
    TABLES = "tables.dynamodb.aws.m.upbound.io"
    KINDS = (
        TABLES,
        "resourcepolicies.dynamodb.aws.m.upbound.io",
        "contributorinsights.dynamodb.aws.m.upbound.io",
    )
    """What the Composition makes objects of, by plural and group."""

    def __init__(self, scope: Construct, id: str, props: CrossplaneAwsProps) -> None:
        super().__init__(scope, id)
        emulator = props.identity.url if isinstance(props.identity, Emulator) else None
        self.resync_seconds = props.resync_seconds or (60 if emulator else 600)
        self.packages: list[tuple[str, str, str]] = []
        role = props.identity if isinstance(props.identity, IamRole) else None
        self._package("Provider", self.FAMILY, props.family, _pod("512Mi"))
        self._package(
            "Provider",
            self.DYNAMODB,
            props.dynamodb,
            _pod(
                props.memory_limit,
                args=[
                    f"--poll={self.resync_seconds}s",
                    "--max-reconcile-rate=10",
                    # a table has the requested tags and no others, as with the other offers
                    "--skip-default-tags",
                ],
                env=_EMULATED if emulator else {},
            ),
            annotations=role.annotations if role else None,
            # its one dependency is the family: Crossplane would pull the newest version of it, from
            # a registry that is not the mirror
            skip_dependencies=True,
        )
        self._package("Function", self.FUNCTION, props.function, _pod("256Mi"))
        NetworkPolicy(
            self,
            "Provider",
            NetworkPolicyProps(
                name="provider",
                namespace=Crossplane.NAMESPACE,
                pods={f"{_GROUP}/provider": self.DYNAMODB},
                # the API server calls webhooks, from any address
                ingress=(Peer(ports=(9443,)),),
                egress=props.network.egress(*aws_peers(emulator)),
            ),
        )
        NetworkPolicy(
            self,
            "Family",
            NetworkPolicyProps(
                name="provider-family",
                namespace=Crossplane.NAMESPACE,
                pods={f"{_GROUP}/provider": self.FAMILY},
                egress=props.network.egress(),
            ),
        )
        NetworkPolicy(
            self,
            "Calls",
            NetworkPolicyProps(
                name="function",
                namespace=Crossplane.NAMESPACE,
                pods={f"{_GROUP}/function": self.FUNCTION},
                ingress=(Peer(ports=(9443,), namespace=Crossplane.NAMESPACE),),
                egress=(),  # a script calls no server
            ),
        )
        KubeObject(
            self,
            "Activation",
            {
                "apiVersion": "apiextensions.crossplane.io/v1alpha1",
                "kind": "ManagedResourceActivationPolicy",
                "metadata": {"name": "tablepromise"},
                "spec": {"activate": list(self.KINDS)},
            },
        )

    def _package(
        self,
        kind: Literal["Provider", "Function"],
        name: str,
        package: str,
        pod: dict[str, Any],
        *,
        annotations: dict[str, str] | None = None,
        skip_dependencies: bool = False,
    ) -> None:
        """Add a package, and the runtime configuration of its pod."""
        runtime: dict[str, Any] = {
            # the template of a Deployment must have a selector, and Crossplane fills it
            "deploymentTemplate": {"spec": {"selector": {}, "template": pod}},
            # the default name has the revision in it, so no IAM role could trust it beforehand
            "serviceAccountTemplate": {"metadata": {"name": name}},
        }
        if annotations:
            runtime["serviceAccountTemplate"]["metadata"]["annotations"] = annotations
        config = {
            "apiVersion": f"{_GROUP}/v1beta1",
            "kind": "DeploymentRuntimeConfig",
            "metadata": {"name": name},
            "spec": runtime,
        }
        KubeObject(self, f"Runtime-{name}", config)
        spec: dict[str, Any] = {
            "package": package,
            "runtimeConfigRef": {key: config[key] for key in ("apiVersion", "kind")}
            | {"name": name},
        }
        if skip_dependencies:
            spec["skipDependencyResolution"] = True
        metadata: dict[str, Any] = {"name": name}
        if kind == "Provider":
            metadata["annotations"] = KEEP
        version = f"{_GROUP}/v1"
        self.packages.append((version, kind, name))
        KubeObject(
            self,
            f"Package-{name}",
            {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec},
        )


def _pod(
    memory_limit: str, *, args: list[str] | None = None, env: dict[str, str] | None = None
) -> dict[str, Any]:
    """Template of a package's pod; Crossplane adds the other fields."""
    container: dict[str, Any] = {
        "name": "package-runtime",
        "resources": {
            "requests": {"cpu": "50m", "memory": "64Mi"},
            "limits": {"cpu": "1", "memory": memory_limit},
        },
        "securityContext": UNPRIVILEGED,
    }
    if args:
        container["args"] = args
    if env:
        container["env"] = [{"name": name, "value": value} for name, value in env.items()]
    return {"spec": {"securityContext": RESTRICTED_POD, "containers": [container]}}
