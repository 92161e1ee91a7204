"""Deploy: a target's objects as Pulumi resources.

The objects are those that `cdk8s synth` writes, one resource each. Two things differ, as a stack
follows no repository: Flux is a Helm release of Pulumi's, with the chart and values of the
HelmRelease by which it would keep itself; and there are no stages, since Pulumi knows the order.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from infra.app import App
from infra.objects.charts import Place
from infra.objects.engines import ASKED_AS
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
_ALWAYS_THERE = "default"
"""Namespace that Kubernetes makes and that cannot be deleted."""


def deploy(settings: Settings, app: App, cluster: LocalCluster) -> None:
    """Registers everything of a target.

    Args:
        settings: the target, and the keys that become Secrets.
        app: the target's objects.
        cluster: where to.
    """
    _Deployment(settings, app, cluster).run()


class _Deployment:
    def __init__(self, settings: Settings, app: App, cluster: LocalCluster) -> None:
        self._settings = settings
        self._target: Target = settings.target
        self._app = app
        self._releases = sorted(
            resource_name(document)
            for place in (app.controllers, app.configs)
            for document in place.documents()
            if document["kind"] == "HelmRelease"
        )
        access = cluster.access
        self._provider = cluster.provider()
        self._access = access
        self._made = cluster.made
        self._places = {
            place: pulumi.ComponentResource(component_type(place), place.folder)
            for place in app.places
            if place is not app.argocd
        }
        self._registered: dict[Identity, KubernetesObject] = {}
        # all goes with a cluster that the stack made
        self._first: list[pulumi.Resource] = (
            []
            if cluster.made
            else [Sweep(access, [*self._releases, FLUX_RELEASE], self._after([cluster]))]
        )
        self._retry = pulumi.ResourceHookBinding(
            on_error=[pulumi.ErrorHook("kratix-webhook", retry_webhook)]
        )

    def _after(
        self, before: list[pulumi.Resource], place: Place | None = None
    ) -> pulumi.ResourceOptions:
        parent = self._places[place] if place else None
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
            # requests end while agent, controller and guard are there
            before = [
                Drain(self._access, self._after(configs, app.configs)),
                self._hold(app.configs, "promises", _PROMISES, configs),
            ]
            if app.configs.packages:
                before.append(self._hold(app.configs, "managed", CrossplaneAws.TABLES, configs))
        promises = self._objects(app.promises, app.promises.documents(), before)
        confirmed = [*promises, *self._confirm(app.promises)]
        if not self._target.is_disposable:
            # who may be asked for a table stays while somebody asks
            holds += [
                self._hold(app.promises, offer, ASKED_AS[offer], confirmed)
                for offer in self._target.offers
                if offer in ASKED_AS
            ]
        self._objects(app.requests, app.requests.documents(), [*confirmed, *holds])
        for component in self._places.values():
            component.register_outputs({})

    def _hold(self, place: Place, name: str, kind: str, after: list[pulumi.Resource]) -> Hold:
        return Hold(name, kind, self._access, self._after(after, place))

    def _confirm(self, place: Place) -> Iterator[pulumi.Resource]:
        """For each object of a place whose deletion must be confirmed, what confirms it."""
        for document in place.documents():
            if document["kind"] in CONFIRMED_DELETION:
                group, _, version = document["apiVersion"].partition("/")
                options = pulumi.ResourceOptions(
                    parent=self._places[place], depends_on=[self._registered[identity(document)]]
                )
                object = {
                    **{"group": group, "version": version, "kind": document["kind"]},
                    "plural": CONFIRMED_DELETION[document["kind"]],
                    "name": document["metadata"]["name"],
                }
                yield Confirm(object, self._access, options)

    def _flux(self) -> pulumi.Resource:
        """Flux itself, by the chart and values that it would keep itself with."""
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
                "release, by which Flux comes, reads no other"
            )
        inputs = {
            # not known before the namespace is made: a first preview does not fetch the chart
            "namespace": namespace.id,
            "chart": chart.url,
            "version": chart.version,
            "values": self._app.flux_values,
            "timeout": 600,
        }
        flux = HelmRelease(FLUX_RELEASE.partition("/")[2], inputs, self._options(entry, before))
        if self._made:
            return flux
        return Uninstall(self._access, self._releases, self._after([flux], entry))

    def _objects(
        self,
        place: Place,
        documents: list[dict[str, Any]],
        after: list[pulumi.Resource],
        flux: pulumi.Resource | None = None,
    ) -> list[pulumi.Resource]:
        """Registers a place: namespaces, then what only has to be there, then what runs.

        Returns:
            The last of these, which depend on all others: what comes next depends on them.
        """
        waves: list[list[pulumi.Resource]] = [after]
        for number in range(3):
            wave = [document for document in documents if rank(document) == number]
            for document in by_reference(wave):
                dependencies = [*waves[-1], *self._referred(document)]
                if flux and _FLUX_GROUP in document["apiVersion"]:
                    dependencies.append(flux)
                self._registered[identity(document)] = self._object(place, document, dependencies)
            made: list[pulumi.Resource] = [
                self._registered[identity(document)] for document in wave
            ]
            if made:
                waves.append(made)
        return waves[-1]

    def _object(
        self, place: Place, document: dict[str, Any], after: list[pulumi.Resource]
    ) -> KubernetesObject:
        kind = document["kind"]
        advice: dict[str, str] = {}
        if kind in WAIT_FOR:
            advice["pulumi.com/waitFor"] = WAIT_FOR[kind]
        if kind in BACKGROUND_DELETION:
            advice["pulumi.com/deletionPropagationPolicy"] = "background"
        if advice:
            metadata = document["metadata"]
            annotations = {**metadata.get("annotations", {}), **advice}
            document = {**document, "metadata": {**metadata, "annotations": annotations}}
        patch = kind == "Namespace" and document["metadata"]["name"] == _ALWAYS_THERE
        options = self._options(place, after)
        options.protect = self._target.protect and kind in PROTECTED
        if kind == "Namespace":
            # with a team's namespace goes all that they run there
            team = document["metadata"]["name"] in self._target.teams
            options.retain_on_delete = self._target.protect and team and not patch
        # an object that moved to another place is the same object
        options.aliases = [
            urn(other, document, patch=patch) for other in self._places if other is not place
        ]
        if kind == "Secret":
            options.additional_secret_outputs = ["data", "stringData"]
        return KubernetesObject(document, options, patch=patch)

    def _options(self, place: Place, after: list[pulumi.Resource]) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self._places[place],
            provider=self._provider,
            depends_on=after,
            deleted_with=self._made,
            # by the objects and not by the provider: an `up` that is broken off between the two
            # would leave objects in the state whose provider is not there any more
            replace_with=[self._made] if self._made else None,
            hooks=self._retry,
            # names are fixed: a new one cannot be made beside the old
            delete_before_replace=True,
            custom_timeouts=pulumi.CustomTimeouts(create=TIMEOUT, update=TIMEOUT, delete=TIMEOUT),
        )

    def _referred(self, document: Manifest) -> Iterator[pulumi.Resource]:
        """Registered objects that an object names."""
        for other in references(document):
            if other in self._registered:
                yield self._registered[other]

    def _secrets(self) -> list[dict[str, Any]]:
        """Secrets of the keys in the configuration, beside those who use them."""
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
