"""Flux: the agent that applies what is in a repository or a bucket, and installs charts."""

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from tablepromise.platform import versions
from tablepromise.platform.credentials import IamRole
from tablepromise.platform.helm import HelmRelease, HelmReleaseProps, image_values
from tablepromise.platform.namespace import Namespace, NamespaceProps


@dataclass(frozen=True, kw_only=True)
class FluxProps:
    """What Flux may be told.

    Attributes:
        chart: default: the pinned one.
        cli_image: of the Job that checks the cluster before the install; default: the pinned one.
        source_image: default: the pinned one.
        kustomize_image: default: the pinned one.
        helm_image: default: the pinned one.
        source_role: that the source controller acts as when it reads S3 buckets without keys;
            default: none.
        memory_limit: of each controller; default: 1Gi, as Flux itself has it.
    """

    chart: versions.Chart = versions.FLUX_CHART
    cli_image: str = versions.FLUX_CLI_IMAGE
    source_image: str = versions.FLUX_SOURCE_IMAGE
    kustomize_image: str = versions.FLUX_KUSTOMIZE_IMAGE
    helm_image: str = versions.FLUX_HELM_IMAGE
    source_role: IamRole | None = None
    memory_limit: str = "1Gi"


class Flux(Construct):
    """The source, kustomize and helm controllers.

    The first install is `helm install` with `values`; from then on Flux keeps itself.

    Attributes:
        chart: that it is installed from.
        values: of the chart.
        release: by which Flux keeps itself.
    """

    NAMESPACE = "flux-system"

    def __init__(self, scope: Construct, id: str, props: FluxProps | None = None) -> None:
        super().__init__(scope, id)
        props = props or FluxProps()
        self.chart = props.chart
        self.values = _values(props)
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        self.release = HelmRelease(
            self,
            "Release",
            HelmReleaseProps(
                name="flux", namespace=self.NAMESPACE, chart=props.chart, values=self.values
            ),
        )


def _values(props: FluxProps) -> dict[str, Any]:
    def controller(image: str, *arguments: str) -> dict[str, Any]:
        return {
            **_image(image),
            "container": {"additionalArgs": list(arguments)},
            "resources": {
                "requests": {"cpu": "50m", "memory": "64Mi"},
                "limits": {"memory": props.memory_limit},
            },
        }

    # the default grows to 15 minutes, in which a source that was repaired stays unread
    retry = "--max-retry-delay=1m"
    source = controller(props.source_image, retry)
    if props.source_role:
        source["serviceAccount"] = {"annotations": props.source_role.annotations}
    # what waits for something looks again after 5 s, not 30
    requeue = "--requeue-dependency=5s"
    return {
        # else removing the release would remove every Kustomization, and with them what they made
        "crds": {"annotations": {"helm.sh/resource-policy": "keep"}},
        "cli": _image(props.cli_image),
        "sourceController": source,
        "kustomizeController": controller(props.kustomize_image, requeue, retry),
        "helmController": controller(props.helm_image, requeue, retry),
        "notificationController": {"create": False},
        "imageAutomationController": {"create": False},
        "imageReflectionController": {"create": False},
    }


def _image(image: str) -> dict[str, str]:
    values = image_values(image)
    return {"image": values["repository"], "tag": values["tag"]}
