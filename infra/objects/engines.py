"""The engines of the other offers: kro, Crossplane and KubeVela, with their policies."""

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

REQUEST_KINDS: dict[Offer, str] = {
    "kro": kro.NAME,
    "crossplane": crossplane.NAME,
    "kubevela": "applications.core.oam.dev",
}
"""Kind by which people request tables (`plural.group`); only its engine can delete its objects."""

_PACKAGES = "pkg.crossplane.io/v1"
_CROSSPLANE = (
    versions.CROSSPLANE_AWS_FAMILY,
    versions.CROSSPLANE_AWS_DYNAMODB,
    versions.CROSSPLANE_PYTHON,
)
"""Packages that Crossplane pulls."""


def has_conditions(*conditions: str) -> str:
    """Return CEL that is true if an object has these conditions."""
    return " && ".join(
        f"status.conditions.exists(c, c.type == '{condition}' && c.status == 'True')"
        for condition in conditions
    )


PACKAGES_READY = {
    (_PACKAGES, kind): has_conditions("Installed", "Healthy") for kind in ("Provider", "Function")
}
"""CEL by which Flux decides that Crossplane's packages serve their kinds."""

_OFFERS_READY: dict[Offer, dict[tuple[str, str], str]] = {
    "kro": {("kro.run/v1alpha1", "ResourceGraphDefinition"): has_conditions("Ready")},
    "crossplane": {
        ("apiextensions.crossplane.io/v2", "CompositeResourceDefinition"): has_conditions(
            "Established"
        )
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
            CRDS: {
                REQUEST_KINDS["kubevela"]: "every Application of KubeVela, and with it its requests"
            }
        },
    ),
}
"""The APIs of each offer whose deletion needs a confirmation."""


def install(scope: Construct, target: Target, cert_manager: str | None) -> None:
    """Install the engines' charts; the definitions of a table come with the offers."""
    mirror = target.mirror
    if "kro" in target.offers:
        Kro(
            scope,
            "Kro",
            KroProps(
                instances=(REQUEST_KINDS["kro"],),
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


def deletion_policies(scope: Construct, target: Target) -> None:
    """Add the policies for the deletion of the offers' APIs."""
    for offer in target.offers:
        if offer in PROTECTED:
            ApiDeletionPolicy(scope, f"ApiGuard-{offer}", PROTECTED[offer])


def packages(
    scope: Construct, target: Target, identity: IamRole | Secret | Emulator
) -> list[tuple[str, str, str]]:
    """Add Crossplane's packages, whose kinds Crossplane must serve before.

    Returns:
        API version, kind and name of each package: the next folder needs their kinds.
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
    """Return CEL by kind by which Flux decides that the offers' kinds are served."""
    found: dict[tuple[str, str], str] = {}
    for offer in target.offers:
        found |= _OFFERS_READY.get(offer, {})
    return found
