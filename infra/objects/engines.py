"""Engines: what is installed for each way to ask for a table beside the Promise."""

from constructs import Construct

from infra.targets import Offer, Target
from tablepromise.dialects import crossplane, kro
from tablepromise.platform import (
    ApiDeletionPolicy,
    ApiDeletionPolicyProps,
    Crossplane,
    CrossplaneAws,
    CrossplaneAwsProps,
    CrossplaneProps,
    Emulator,
    IamRole,
    Kro,
    KroProps,
    KubeVela,
    KubeVelaProps,
    Secret,
    versions,
)
from tablepromise.platform.deletion_policies import CRDS
from tablepromise.platform.network import peers_of

ASKED_AS: dict[Offer, str] = {
    "kro": kro.NAME,
    "crossplane": crossplane.NAME,
    "kubevela": "applications.core.oam.dev",
}
"""Kind of what people write, as `plural.group`, by the engine that must be there to end it."""

_PACKAGES = "pkg.crossplane.io/v1"
_CROSSPLANE = (
    versions.CROSSPLANE_AWS_FAMILY,
    versions.CROSSPLANE_AWS_DYNAMODB,
    versions.CROSSPLANE_PYTHON,
)
"""Packages that Crossplane pulls."""


def says(*conditions: str) -> str:
    """CEL by which Flux knows that an object has these conditions."""
    return " && ".join(
        f"status.conditions.exists(c, c.type == '{condition}' && c.status == 'True')"
        for condition in conditions
    )


PACKAGES_READY = {
    (_PACKAGES, kind): says("Installed", "Healthy") for kind in ("Provider", "Function")
}
"""CEL by which Flux knows that Crossplane's packages serve their kinds."""

_OFFERS_READY: dict[Offer, dict[tuple[str, str], str]] = {
    "kro": {("kro.run/v1alpha1", "ResourceGraphDefinition"): says("Ready")},
    "crossplane": {
        ("apiextensions.crossplane.io/v2", "CompositeResourceDefinition"): says("Established")
    },
}


_XRDS = "compositeresourcedefinitions.apiextensions.crossplane.io"

PROTECTED: dict[Offer, ApiDeletionPolicyProps] = {
    "kro": ApiDeletionPolicyProps(
        name="kro",
        namespace=Kro.NAMESPACE,
        protected={CRDS: {kro.NAME: "every DynamoDBTable of kro"}},
    ),
    "crossplane": ApiDeletionPolicyProps(
        name="crossplane",
        namespace=Crossplane.NAMESPACE,
        protected={
            _XRDS: {crossplane.NAME: "every DynamoDBTable of Crossplane"},
            CRDS: {
                _XRDS: "every API of Crossplane, and with it every DynamoDBTable",
                crossplane.NAME: "every DynamoDBTable of Crossplane",
                CrossplaneAws.TABLES: "every Table of Crossplane",
            },
        },
    ),
    "kubevela": ApiDeletionPolicyProps(
        name="kubevela",
        namespace=KubeVela.NAMESPACE,
        protected={
            CRDS: {ASKED_AS["kubevela"]: "every Application of KubeVela, and with it its requests"}
        },
    ),
}
"""The APIs of each offer whose deletion needs a confirmation."""


def install(scope: Construct, target: Target, cert_manager: str | None) -> None:
    """The engines themselves, as charts; what they do comes with the offers."""
    mirror = target.mirror
    if "kro" in target.offers:
        Kro(
            scope,
            "Kro",
            KroProps(
                instances=(ASKED_AS["kro"],),
                chart=mirror.chart(versions.KRO_CHART),
                image=mirror.image(versions.KRO_IMAGE),
                network=target.network,
            ),
        )
    if "crossplane" in target.offers:
        Crossplane(
            scope,
            "Crossplane",
            CrossplaneProps(
                chart=mirror.chart(versions.CROSSPLANE_CHART),
                image=mirror.image(versions.CROSSPLANE_IMAGE),
                network=target.network,
                registries=peers_of(f"https://{mirror.image(package)}" for package in _CROSSPLANE),
            ),
        )
    if "kubevela" in target.offers:
        KubeVela(
            scope,
            "KubeVela",
            KubeVelaProps(
                cert_manager=cert_manager,
                chart=mirror.chart(versions.KUBEVELA_CHART),
                image=mirror.image(versions.KUBEVELA_IMAGE),
                network=target.network,
            ),
        )


def guard(scope: Construct, target: Target) -> None:
    """The policies that protect the APIs of the offers."""
    for offer in target.offers:
        if offer in PROTECTED:
            ApiDeletionPolicy(scope, f"ApiGuard-{offer}", PROTECTED[offer])


def packages(
    scope: Construct, target: Target, identity: IamRole | Secret | Emulator
) -> list[tuple[str, str, str]]:
    """Crossplane's packages; its kinds must be served before.

    Returns:
        API version, kind and name of each, for what comes next needs their kinds.
    """
    if "crossplane" not in target.offers:
        return []
    mirror = target.mirror
    return CrossplaneAws(
        scope,
        "CrossplaneAws",
        CrossplaneAwsProps(
            identity=identity,
            family=mirror.image(versions.CROSSPLANE_AWS_FAMILY),
            dynamodb=mirror.image(versions.CROSSPLANE_AWS_DYNAMODB),
            function=mirror.image(versions.CROSSPLANE_PYTHON),
            network=target.network,
        ),
    ).packages


def ready(target: Target) -> dict[tuple[str, str], str]:
    """CEL by kind, by which Flux knows that the kinds of a target's offers are served."""
    found: dict[tuple[str, str], str] = {}
    for offer in target.offers:
        found |= _OFFERS_READY.get(offer, {})
    return found
