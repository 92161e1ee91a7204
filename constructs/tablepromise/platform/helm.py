"""A Helm chart, installed by Flux's helm-controller from a pinned source."""

from dataclasses import dataclass, field
from typing import Any, Final

import yaml
from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform import rbac
from tablepromise.platform.installer import Installer
from tablepromise.platform.namespace import KEEP
from tablepromise.platform.versions import Chart, GitChart, OciChart, RepositoryChart
from tablepromise.reads import FLUX_NAMESPACE

SOURCE_INTERVAL = "24h"
"""A pinned source does not change: it is fetched again only to notice its loss."""


@dataclass(frozen=True, kw_only=True)
class HelmReleaseProps:
    """Options of `HelmRelease`.

    Attributes:
        name: of the release, its HelmRelease and its source.
        namespace: of the release; it must exist. HelmRelease and source are in Flux's namespace.
        chart: to install.
        values: of the chart.
        depends_on: names of releases that must be ready before; default: none.
        replace_crds: an upgrade replaces the chart's CRDs. False where other charts bring the same
            CRDs: then a CRD is created where it is missing, and nothing replaces it. Default: True.
        aggregated_roles: the chart's ClusterRoles stay part of Kubernetes's `view`, `edit` and
            `admin`, so everyone who has one of these gets their permissions. Default: False.
        patches: of rendered objects, as Kustomize takes them; default: none.
    """

    name: str
    namespace: str
    chart: Chart
    values: dict[str, Any]
    depends_on: tuple[str, ...] = ()
    replace_crds: bool = True
    aggregated_roles: bool = False
    patches: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class HelmRelease(Construct):
    """A chart's source and its release. CRDs are never deleted.

    Both objects are in Flux's namespace, beside the ServiceAccount that may install charts.
    """

    def __init__(self, scope: Construct, id: str, props: HelmReleaseProps) -> None:
        super().__init__(scope, id)
        metadata = {"name": props.name, "namespace": FLUX_NAMESPACE}
        # a release that failed is retried and not rolled back: its dependencies may come later
        retry = {
            "crds": "CreateReplace" if props.replace_crds else "Create",
            "strategy": {"name": "RetryOnFailure", "retryInterval": "15s"},
        }
        spec: dict[str, Any] = {
            "interval": "10m",
            "releaseName": props.name,
            "targetNamespace": props.namespace,
            "storageNamespace": props.namespace,
            "serviceAccountName": Installer.NAME,
            "timeout": "5m",
            "install": retry,
            "upgrade": retry,
            # drift is corrected, except in the number of replicas
            "driftDetection": {
                "mode": "enabled",
                "ignore": [{"paths": ["/spec/replicas"], "target": {"kind": "Deployment"}}],
            },
            "values": props.values,
        }
        kind, source, reference = _source(props.chart, props.name)
        spec |= reference
        if props.depends_on:
            spec["dependsOn"] = [{"name": name} for name in props.depends_on]
        patches = props.patches + ([] if props.aggregated_roles else not_aggregated())
        if patches:
            spec["postRenderers"] = [{"kustomize": {"patches": patches}}]
        KubeObject(
            self,
            "Source",
            {
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": kind,
                "metadata": metadata,
                "spec": {"interval": SOURCE_INTERVAL, "url": props.chart.url, **source},
            },
        )
        KubeObject(
            self,
            "Resource",
            {
                "apiVersion": "helm.toolkit.fluxcd.io/v2",
                "kind": "HelmRelease",
                # deleting a controller by mistake would leave finalizers that nothing removes
                "metadata": {**metadata, "annotations": KEEP},
                "spec": spec,
            },
        )


AGGREGATIONS: Final = tuple(
    f"{rbac.GROUP}/aggregate-to-{role}" for role in ("view", "edit", "admin")
)
"""Labels by which a ClusterRole becomes part of a role that people have in a namespace."""


def not_aggregated() -> list[dict[str, Any]]:
    """Return patches that take a chart's ClusterRoles out of `view`, `edit` and `admin`.

    Users with `edit` in a namespace get the permissions of `Access`, and no others from the install
    or upgrade of a chart.
    """
    document = {
        "apiVersion": f"{rbac.GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "any", "labels": dict.fromkeys(AGGREGATIONS)},
    }
    return [
        patch({"kind": "ClusterRole", "labelSelector": f"{label}=true"}, document)
        for label in AGGREGATIONS
    ]


def patch(
    target: dict[str, str], document: dict[str, Any] | list[dict[str, Any]]
) -> dict[str, Any]:
    """Return a patch of an object that a chart renders, for `HelmReleaseProps.patches`.

    Args:
        target: of the patch, as Kustomize takes it.
        document: an object, merged; or a list of operations (JSON Patch).
    """
    return {"target": target, "patch": yaml.safe_dump(document, sort_keys=False)}


def image_values(image: str) -> dict[str, str]:
    """Return `repository` and `tag` of an image, as most charts take them.

    A digest stays with the tag: the charts make `repository:tag@sha256:...` of it.

    Raises:
        ValueError: the image has no tag, which the charts need.
    """
    name, at, digest = image.partition("@")
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        raise ValueError(f"image has no tag: got {image!r}, allowed: repository:tag")
    return {"repository": repository, "tag": tag + at + digest}


def _source(chart: Chart, name: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Kind and spec of a chart's source, and the reference of a release to it."""
    match chart:
        case OciChart():
            spec: dict[str, Any] = {
                "ref": {"tag": chart.version},
                "layerSelector": {
                    "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                    "operation": "copy",
                },
            }
            if chart.plain_http:
                spec["insecure"] = True
            return "OCIRepository", spec, {"chartRef": {"kind": "OCIRepository", "name": name}}
        case GitChart():
            spec = {"ref": {"commit": chart.commit}, "ignore": f"/*\n!/{chart.path}/\n"}
            content = {
                "chart": f"./{chart.path}",
                "sourceRef": {"kind": "GitRepository", "name": name},
                "reconcileStrategy": "Revision",
            }
            return "GitRepository", spec, {"chart": {"spec": content}}
        case RepositoryChart():
            content = {
                "chart": chart.name,
                "version": chart.version,
                "sourceRef": {"kind": "HelmRepository", "name": name},
            }
            return "HelmRepository", {}, {"chart": {"spec": content}}
