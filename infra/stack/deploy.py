"""Registers the objects of a target as Pulumi resources.

The objects are those that `cdk8s synth` writes, one resource each. Two things differ, because a
stack follows no repository: Flux is a Helm release of Pulumi's, with the chart and values of its
HelmRelease; and there are no stages, because Pulumi knows the order.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from infra.app import App
from infra.objects.charts import Folder
from infra.objects.engines import REQUEST_KINDS
from infra.settings import Settings
from infra.settings.groups import AWS_SECRET
from infra.settings.store import STORE_SECRET
from infra.stack.cluster import LocalCluster
from infra.stack.kinds import BACKGROUND_DELETION, CONFIRMED_DELETION, PROTECTED, WAIT_FOR
from infra.stack.resources import (
    HelmRelease,
    Identity,
    KubernetesObject,
    Manifest,
    by_reference,
    component_type,
    identity,
    rank,
    references,
    resource_name,
    retry_webhook,
    urn,
)
from infra.targets import Target
from infra.teardown.resources import Confirm, Drain, Hold, Sweep, Uninstall
from tablepromise.objects import KubeObject
from tablepromise.platform import AckDynamoDB, CrossplaneAws, Flux, Kratix
from tablepromise.platform.versions import OciChart

TIMEOUT = "15m"
"""For one object to become ready: the first node of a cluster pulls a gigabyte of images."""

FLUX_RELEASE = f"{Flux.NAMESPACE}/flux"
"""`namespace/name` of Flux's Helm release."""

_FLUX_GROUP = ".toolkit.fluxcd.io/"
_PROMISES = "promises.platform.kratix.io"
_DEFAULT_NAMESPACE = "default"
"""Namespace that Kubernetes creates and that cannot be deleted."""


def deploy(settings: Settings, app: App, cluster: LocalCluster) -> None:
    """Register every object of a target.

    Args:
        settings: the target, and the keys that become Secrets.
        app: the target's objects.
        cluster: of the objects.
    """
    _Deployment(settings, app, cluster).run()


class _Deployment:
    def __init__(self, settings: Settings, app: App, cluster: LocalCluster) -> None:
        self._settings = settings
        self._target: Target = settings.target
        self._app = app
        self._releases = sorted(
            resource_name(document)
            for folder in (app.controllers, app.configs)
            for document in folder.documents()
            if document["kind"] == "HelmRelease"
        )
        access = cluster.access
        self._provider = cluster.provider()
        self._access = access
        self._k3d = cluster.k3d
        self._components = {
            folder: pulumi.ComponentResource(component_type(folder), folder.path)
            for folder in app.folders
            if folder is not app.argocd
        }
        self._registered: dict[Identity, KubernetesObject] = {}
        # deleting a cluster that the stack created deletes everything in it
        self._first: list[pulumi.Resource] = (
            []
            if cluster.k3d
            else [Sweep(access, [*self._releases, FLUX_RELEASE], self._after([cluster]))]
        )
        self._retry = pulumi.ResourceHookBinding(
            on_error=[pulumi.ErrorHook("kratix-webhook", retry_webhook)]
        )

    def _after(
        self, before: list[pulumi.Resource], folder: Folder | None = None
    ) -> pulumi.ResourceOptions:
        parent = self._components[folder] if folder else None
        return pulumi.ResourceOptions(parent=parent, depends_on=before)

    def run(self) -> None:
        app = self._app
        flux = self._flux()
        secrets = self._secrets()
        controllers = self._objects(
            app.controllers, [*app.controllers.documents(), *secrets], self._first, flux
        )
        configs = self._objects(app.configs, app.configs.documents(), controllers, flux)
        before: list[pulumi.Resource] = configs
        holds: list[pulumi.Resource] = []
        if not self._target.is_disposable:
            # requests are deleted while agents, controllers and policies are there
            before = [
                Drain(self._access, self._after(configs, app.configs)),
                self._hold(app.configs, "promises", _PROMISES, configs),
            ]
            if app.configs.packages:
                before.append(self._hold(app.configs, "managed", CrossplaneAws.TABLES, configs))
        promises = self._objects(app.promises, app.promises.documents(), before)
        confirmed = [*promises, *self._confirm(app.promises)]
        if not self._target.is_disposable:
            # an engine stays while there are objects that only it can delete
            holds += [
                self._hold(app.promises, offer, REQUEST_KINDS[offer], confirmed)
                for offer in self._target.offers
                if offer in REQUEST_KINDS
            ]
        self._objects(app.requests, app.requests.documents(), [*confirmed, *holds])
        for component in self._components.values():
            component.register_outputs({})

    def _hold(self, folder: Folder, name: str, kind: str, after: list[pulumi.Resource]) -> Hold:
        return Hold(name, kind, self._access, self._after(after, folder))

    def _confirm(self, folder: Folder) -> Iterator[pulumi.Resource]:
        """The confirmations for the objects of a folder whose deletion needs one."""
        for document in folder.documents():
            if document["kind"] in CONFIRMED_DELETION:
                group, _, version = document["apiVersion"].partition("/")
                options = pulumi.ResourceOptions(
                    parent=self._components[folder],
                    depends_on=[self._registered[identity(document)]],
                )
                object = {
                    **{"group": group, "version": version, "kind": document["kind"]},
                    "plural": CONFIRMED_DELETION[document["kind"]],
                    "name": document["metadata"]["name"],
                }
                yield Confirm(object, self._access, options)

    def _flux(self) -> pulumi.Resource:
        """Register Flux as a Helm release, with the chart and values of its HelmRelease."""
        entry = self._app.flux_system
        itself = {node.node.path for node in entry.flux.release.node.find_all()}
        around = [
            node.manifest
            for node in entry.flux.node.find_all()
            if isinstance(node, KubeObject) and node.node.path not in itself
        ]
        before = self._objects(entry, around, self._first)
        namespace = self._registered["Namespace", "", Flux.NAMESPACE]
        chart = entry.flux.chart
        if not isinstance(chart, OciChart) or chart.plain_http:
            raise pulumi.RunError(
                f"mirror.charts: got {chart.url}, allowed: a registry with TLS; Pulumi's Helm "
                "release of Flux needs it"
            )
        inputs = {
            # unknown before the namespace is created: a first preview does not download the chart
            "namespace": namespace.id,
            "chart": chart.url,
            "version": chart.version,
            "values": self._app.flux_values,
            "timeout": 600,
        }
        flux = HelmRelease(FLUX_RELEASE.partition("/")[2], inputs, self._options(entry, before))
        if self._k3d:
            return flux
        return Uninstall(self._access, self._releases, self._after([flux], entry))

    def _objects(
        self,
        folder: Folder,
        documents: list[dict[str, Any]],
        after: list[pulumi.Resource],
        flux: pulumi.Resource | None = None,
    ) -> list[pulumi.Resource]:
        """Register a folder: namespaces, then objects that only have to exist, then those that run.

        Returns:
            The last of these, which depend on all others: the next folder depends on them.
        """
        waves: list[list[pulumi.Resource]] = [after]
        for number in range(3):
            wave = [document for document in documents if rank(document) == number]
            for document in by_reference(wave):
                dependencies = [*waves[-1], *self._referred(document)]
                if flux and _FLUX_GROUP in document["apiVersion"]:
                    dependencies.append(flux)
                self._registered[identity(document)] = self._object(folder, document, dependencies)
            registered: list[pulumi.Resource] = [
                self._registered[identity(document)] for document in wave
            ]
            if registered:
                waves.append(registered)
        return waves[-1]

    def _object(
        self, folder: Folder, document: dict[str, Any], after: list[pulumi.Resource]
    ) -> KubernetesObject:
        kind = document["kind"]
        options_for_pulumi: dict[str, str] = {}
        if kind in WAIT_FOR:
            options_for_pulumi["pulumi.com/waitFor"] = WAIT_FOR[kind]
        if kind in BACKGROUND_DELETION:
            options_for_pulumi["pulumi.com/deletionPropagationPolicy"] = "background"
        if options_for_pulumi:
            metadata = document["metadata"]
            annotations = {**metadata.get("annotations", {}), **options_for_pulumi}
            document = {**document, "metadata": {**metadata, "annotations": annotations}}
        patch = kind == "Namespace" and document["metadata"]["name"] == _DEFAULT_NAMESPACE
        options = self._options(folder, after)
        options.protect = self._target.protect and kind in PROTECTED
        if kind == "Namespace":
            # deleting a team's namespace deletes everything in it
            team = document["metadata"]["name"] in self._target.teams
            options.retain_on_delete = self._target.protect and team and not patch
        # an object that moved to another folder is the same object
        options.aliases = [
            urn(other, document, patch=patch) for other in self._components if other is not folder
        ]
        if kind == "Secret":
            options.additional_secret_outputs = ["data", "stringData"]
        return KubernetesObject(document, options, patch=patch)

    def _options(self, folder: Folder, after: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self._components[folder],
            provider=self._provider,
            depends_on=after,
            deleted_with=self._k3d,
            # by the objects and not by the provider: an `up` that is interrupted between the two
            # would leave objects in the state without their provider
            replace_with=[self._k3d] if self._k3d else None,
            hooks=self._retry,
            # names are fixed: the new object cannot be created beside the old one
            delete_before_replace=True,
            custom_timeouts=pulumi.CustomTimeouts(create=TIMEOUT, update=TIMEOUT, delete=TIMEOUT),
        )

    def _referred(self, document: Manifest) -> Iterator[pulumi.Resource]:
        """Registered objects that an object refers to."""
        for other in references(document):
            if other in self._registered:
                yield self._registered[other]

    def _secrets(self) -> list[dict[str, Any]]:
        """Secrets from the keys in the configuration, in the namespaces of their users."""
        secrets: list[dict[str, Any]] = []
        if self._settings.aws_keys:
            key, secret = self._settings.aws_keys
            text = f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
            secrets.append(_secret(AWS_SECRET, AckDynamoDB.NAMESPACE, {"credentials": text}))
        keys = self._settings.store_keys
        secrets += [
            _secret(STORE_SECRET, namespace, content)
            for namespace, content in ((Kratix.NAMESPACE, keys.write), (Flux.NAMESPACE, keys.read))
            if content
        ]
        return secrets


def _secret(name: str, namespace: str, content: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": namespace},
        "stringData": pulumi.Output.secret(dict(content)),
    }
