"""Every image and chart, pinned: the only file that names a version.

A tag that says a whole version does not move; where a publisher moves even those, the digest is
part of the name.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class OciChart:
    """A Helm chart in an OCI registry.

    Attributes:
        name: of the chart.
        version: its tag.
        url: `oci://` and the repository, without the tag.
        plain_http: the registry has no TLS.
    """

    name: str
    version: str
    url: str
    plain_http: bool = False


@dataclass(frozen=True, kw_only=True)
class GitChart:
    """A Helm chart in a Git repository, for publishers whose chart versions pin nothing.

    Attributes:
        name: of the chart.
        version: of its Chart.yaml.
        url: of the repository.
        commit: 40 hexadecimal digits.
        path: of the chart in it.
    """

    name: str
    version: str
    url: str
    commit: str
    path: str


@dataclass(frozen=True, kw_only=True)
class RepositoryChart:
    """A Helm chart in a repository, for publishers without an OCI registry.

    Attributes:
        name: of the chart.
        version: as the repository lists it.
        url: of the repository.
    """

    name: str
    version: str
    url: str


Chart = OciChart | GitChart | RepositoryChart


PYTHON_IMAGE: Final = (
    "python:3.13.7-slim-bookworm"
    "@sha256:adafcc17694d715c905b4c7bebd96907a1fd5cf183395f0ebc4d3428bd22d92d"
)
"""What the pipeline image is built on."""

K3D_VERSION: Final = "v5.8.3"
"""Of k3d in CI."""

K3S_IMAGE: Final = "docker.io/rancher/k3s:v1.33.5-k3s1"
"""Kubernetes of k3d clusters: Flux 2.8 and later need 1.33."""

CERT_MANAGER_CHART: Final = OciChart(
    name="cert-manager", version="v1.21.1", url="oci://quay.io/jetstack/charts/cert-manager"
)
CERT_MANAGER_IMAGE: Final = "quay.io/jetstack/cert-manager-controller:v1.21.1"
CERT_MANAGER_WEBHOOK_IMAGE: Final = "quay.io/jetstack/cert-manager-webhook:v1.21.1"
CERT_MANAGER_CAINJECTOR_IMAGE: Final = "quay.io/jetstack/cert-manager-cainjector:v1.21.1"

FLUX_CHART: Final = OciChart(
    name="flux2", version="2.18.3", url="oci://ghcr.io/fluxcd-community/charts/flux2"
)
FLUX_CLI_IMAGE: Final = "ghcr.io/fluxcd/flux-cli:v2.9.0"
FLUX_SOURCE_IMAGE: Final = "ghcr.io/fluxcd/source-controller:v1.9.1"
FLUX_KUSTOMIZE_IMAGE: Final = "ghcr.io/fluxcd/kustomize-controller:v1.9.4"
FLUX_HELM_IMAGE: Final = "ghcr.io/fluxcd/helm-controller:v1.6.2"
"""Newer than the chart's own: a kustomize-controller before 1.9 forgets objects whose pruning was
rejected, and a Table that a policy kept would stay after its request."""

KRATIX_CHART: Final = GitChart(
    name="kratix",
    version="v0.0.1",
    url="https://github.com/syntasso/helm-charts",
    commit="ccb429195f8fd7ac1e446716d4539c944dfe9303",
    path="kratix",
)
"""By commit: the chart is released again and again as v0.0.1."""

KRATIX_IMAGE: Final = (
    "docker.io/syntasso/kratix-platform"
    "@sha256:0924f2c94380f89dfe7563715cb79fc5375233296701a0bb62e549a936b54793"
)
"""Manager and pipeline adapter: the digest that the chart names, there through a proxy that counts
who pulls it."""

ACK_CHART: Final = OciChart(
    name="dynamodb-chart",
    version="1.9.2",
    url="oci://public.ecr.aws/aws-controllers-k8s/dynamodb-chart",
)
ACK_IMAGE: Final = "public.ecr.aws/aws-controllers-k8s/dynamodb-controller:1.9.2"

CUE_MODULE: Final = "cuelang.org/go/cmd/cue@v0.14.1"
"""What the tests evaluate KubeVela's component with, as a Go module: `.ci/run` installs it."""

LOCALSTACK_IMAGE: Final = (
    "docker.io/localstack/localstack:4.14.0"
    "@sha256:3ebc37595918b8accb852f8048fef2aff047d465167edd655528065b07bc364a"
)
"""The last version that starts without a token."""

MOTO_IMAGE: Final = "docker.io/motoserver/moto:5.2.5"

VERSITYGW_IMAGE: Final = "docker.io/versity/versitygw:v1.7.0"
"""The S3 server of the state store in the cluster."""

KRO_CHART: Final = OciChart(name="kro", version="0.9.4", url="oci://registry.k8s.io/kro/charts/kro")
KRO_IMAGE: Final = "registry.k8s.io/kro/kro:v0.9.4"
"""The first version that has short names and categories for the kinds it makes."""

KUBEVELA_CHART: Final = RepositoryChart(
    name="vela-core", version="1.10.9", url="https://kubevela.github.io/charts"
)
KUBEVELA_IMAGE: Final = "docker.io/oamdev/vela-core:v1.10.9"

CROSSPLANE_CHART: Final = RepositoryChart(
    name="crossplane", version="2.3.4", url="https://charts.crossplane.io/stable"
)
CROSSPLANE_IMAGE: Final = "xpkg.crossplane.io/crossplane/crossplane:v2.3.4"
CROSSPLANE_AWS_FAMILY: Final = "xpkg.crossplane.io/crossplane-contrib/provider-family-aws:v2.6.0"
CROSSPLANE_AWS_DYNAMODB: Final = (
    "xpkg.crossplane.io/crossplane-contrib/provider-aws-dynamodb:v2.6.0"
)
"""Of the same version as the family, whose ProviderConfigs it reads."""

CROSSPLANE_PYTHON: Final = "xpkg.crossplane.io/crossplane-contrib/function-python:v0.5.0"
"""Since this version a script marks ready resources with READY_TRUE, and no longer with True."""
