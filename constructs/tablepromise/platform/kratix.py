"""Kratix: the manager, its webhooks and CRDs, and the settings of pipelines."""

import hashlib
from dataclasses import dataclass
from typing import Any

import yaml
from constructs import Construct

from tablepromise.objects import KubeObject
from tablepromise.platform import versions
from tablepromise.platform.credentials import IamRole
from tablepromise.platform.helm import HelmRelease, HelmReleaseProps, patch
from tablepromise.platform.namespace import Namespace, NamespaceProps
from tablepromise.platform.network import (
    DEFAULT_NETWORK,
    ClusterNetwork,
    NetworkPolicy,
    NetworkPolicyProps,
    Peer,
)
from tablepromise.platform.security import RESTRICTED
from tablepromise.reads import KRATIX_DEPLOYMENT, KRATIX_NAMESPACE

_ADAPTER = "kratix-platform-pipeline-adapter-config"


@dataclass(frozen=True, kw_only=True)
class KratixProps:
    """Options of `Kratix`.

    Attributes:
        cert_manager: name of the HelmRelease of cert-manager, which must be ready before; None
            if cert-manager is there already. Kratix's webhooks have no certificate without it.
        chart: default: the pinned one.
        image: of the manager and of the containers it puts around each pipeline; default: the
            pinned one.
        role: that the manager acts as when the state store is an S3 bucket without keys; default:
            none.
        memory_limit: of the manager, which caches every request, Work and Promise; default: 1Gi.
            The chart's 256Mi is too little.
        rewrite_interval: after which a file that is missing in the state store is written again;
            default: 10m. Kratix's own default is 10 hours. Each time all files are read, one after
            the other.
        rerun_interval: after which each request's pipeline runs again, also if it failed; default:
            Kratix's 10h. Each run is a Job.
        jobs_kept: finished Jobs of each request that are kept, with their logs; default: 3.
        job_ttl_seconds: after which a finished Job is deleted; default: a day.
        attempts: of a pipeline's pod before the request has failed; default: 3.
        network: facts about the cluster's network; default: none are known.
        stores: peers of the manager that are its state stores; default: its egress is not limited.
    """

    cert_manager: str | None
    chart: versions.Chart = versions.KRATIX_CHART
    image: str = versions.KRATIX_IMAGE
    role: IamRole | None = None
    memory_limit: str = "1Gi"
    rewrite_interval: str = "10m"
    rerun_interval: str = "10h"
    jobs_kept: int = 3
    job_ttl_seconds: int = 24 * 3600
    attempts: int = 3
    network: ClusterNetwork = DEFAULT_NETWORK
    stores: tuple[Peer, ...] | None = None


class Kratix(Construct):
    """Kratix in its namespace, whose name is fixed in Kratix's code.

    Attributes:
        release: name of its HelmRelease.
    """

    NAMESPACE = KRATIX_NAMESPACE

    def __init__(self, scope: Construct, id: str, props: KratixProps) -> None:
        super().__init__(scope, id)
        self.release = "kratix"
        config = _config(props)
        # never deleted: it has the Works of the Promise, and the remover of requests' finalizers
        Namespace(self, "Namespace", NamespaceProps(name=self.NAMESPACE, keep=True))
        NetworkPolicy(
            self,
            "Manager",
            NetworkPolicyProps(
                name="manager",
                namespace=self.NAMESPACE,
                pods={"control-plane": "controller-manager"},
                # the API server calls webhooks, from any address
                ingress=(Peer(ports=(9443,)), *props.network.metrics(8443)),
                egress=None if props.stores is None else props.network.egress(*props.stores),
            ),
        )
        KubeObject(
            self,
            "Config",
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "kratix", "namespace": self.NAMESPACE},
                "data": {"config": config},
            },
        )
        values: dict[str, Any] = {
            "image": props.image,
            # without this the chart creates a store of its own that never becomes ready
            "stateStores": [],
            "resources": {
                "requests": {"cpu": "100m", "memory": "256Mi"},
                "limits": {"cpu": "1", "memory": props.memory_limit},
            },
            "extraArgs": ["--pprof-bind-address=0"],
        }
        if props.role:
            values["serviceAccount"] = {"annotations": props.role.annotations}
        HelmRelease(
            self,
            "Release",
            HelmReleaseProps(
                name=self.release,
                namespace=self.NAMESPACE,
                chart=props.chart,
                depends_on=(props.cert_manager,) if props.cert_manager else (),
                values=values,
                patches=_patches(props.image, config),
            ),
        )


def _config(props: KratixProps) -> str:
    settings: dict[str, Any] = {
        "numberOfJobsToKeep": props.jobs_kept,
        "reconciliationInterval": props.rerun_interval,
        "stateStoreReconciliationInterval": props.rewrite_interval,
        "workflows": {
            "defaultImagePullPolicy": "IfNotPresent",
            # else the containers are rejected in a restricted namespace, and their request is
            # "Pending" for ever
            "defaultContainerSecurityContext": RESTRICTED,
            "defaultContainerResources": {
                "requests": {"cpu": "50m", "memory": "64Mi"},
                "limits": {"cpu": "1", "memory": "256Mi"},
            },
            "jobOptions": {
                "defaultBackoffLimit": props.attempts - 1,
                "podTTLSecondsAfterFinished": props.job_ttl_seconds,
            },
        },
    }
    return yaml.safe_dump(settings, sort_keys=False)


def _patches(image: str, config: str) -> list[dict[str, Any]]:
    """Patches of what the chart has no value for."""
    digest = hashlib.sha256(config.encode()).hexdigest()[:16]
    return [
        patch(
            # ours is there already, with PodSecurity
            {"kind": "Namespace"},
            {
                "$patch": "delete",
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": Kratix.NAMESPACE},
            },
        ),
        patch(
            {"kind": "ConfigMap", "name": _ADAPTER},
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": _ADAPTER, "namespace": Kratix.NAMESPACE},
                "data": {"PIPELINE_ADAPTER_IMG": image},
            },
        ),
        patch(
            # the manager reads both ConfigMaps once, at its start
            {"kind": "Deployment", "name": KRATIX_DEPLOYMENT},
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": KRATIX_DEPLOYMENT, "namespace": Kratix.NAMESPACE},
                "spec": {
                    "template": {"metadata": {"annotations": {"tablepromise/config": digest}}}
                },
            },
        ),
    ]
