"""Renders a request for each offer, and reads the documents of every offer as requests."""

from collections.abc import Callable
from typing import Any, cast

from msgspec import Struct

from tablepromise.dialects import crossplane, kro, kubevela
from tablepromise.request import Finding, TableRequest, is_request, model, render

Document = dict[str, Any]


class Rendering(Struct, frozen=True):
    """A request by one offer.

    Attributes:
        written: the document that a developer applies to request the table.
        objects: the objects that the offer's engine creates for it.
        rejections: why the API server rejects `written`. Then there are no objects.
        warnings: fields of the request that the offer cannot express, a sentence each.
    """

    written: Document
    objects: list[Document]
    rejections: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()


def render_promise(request: TableRequest) -> Rendering:
    return Rendering(request.as_document(), [render(request)])


def render_kro(request: TableRequest) -> Rendering:
    return Rendering(kro.instance(request), [kro.table(request)])


def render_crossplane(request: TableRequest) -> Rendering:
    written = crossplane.composite_resource(request)
    if rejections := crossplane.rejections(request):
        return Rendering(written, [], rejections)
    objects = crossplane.composed_resources(request)
    return Rendering(written, objects, warnings=crossplane.warnings(request))


def render_kubevela(request: TableRequest) -> Rendering:
    application = kubevela.application(request)
    return Rendering(application, kubevela.created_requests(application))


RENDERERS: dict[str, Callable[[TableRequest], Rendering]] = {
    "promise": render_promise,
    "kro": render_kro,
    "crossplane": render_crossplane,
    "kubevela": render_kubevela,
}
"""By the name of the offer in a target's `offers`."""

LIMITATIONS: dict[str, dict[str, str]] = {
    "promise": {},
    "kro": kro.LIMITATIONS,
    "crossplane": crossplane.LIMITATIONS,
    "kubevela": kubevela.LIMITATIONS,
}
"""By the name of the offer: what a request can express and the offer cannot, and why."""


def is_offer_document(document: object) -> bool:
    """Return whether `document` is a request, or requests a table by another offer."""
    return is_request(document) or requests_in(document) != [document]


def requests_in(document: Any) -> list[Any]:
    """Return the DynamoDBRequests that have the content of a document of any offer.

    A document of another kind is returned unchanged, so that admission rejects it.
    """
    if not isinstance(document, dict):
        return [document]
    document = cast(Document, document)
    kind = document.get("apiVersion"), document.get("kind")
    if kind in ((kro.API_VERSION, kro.KIND), (crossplane.API_VERSION, crossplane.KIND)):
        return [{**document, "apiVersion": model.API_VERSION, "kind": model.KIND}]
    if kind == (kubevela.API_VERSION, "Application") and _has_components(document):
        metadata: object = document.get("metadata", {})
        if not isinstance(metadata, dict) or not cast(Document, metadata).get("name"):
            return [{"apiVersion": model.API_VERSION, "kind": model.KIND, "metadata": metadata}]
        return kubevela.created_requests(document) or [document]
    return [document]


def _has_components(application: Document) -> bool:
    spec: object = application.get("spec")
    components = cast(Document, spec).get("components") if isinstance(spec, dict) else None
    return isinstance(components, list) and all(
        isinstance(component, dict)
        and isinstance(cast(Document, component).get("type"), str)
        and "name" in component
        for component in cast(list[object], components)
    )
