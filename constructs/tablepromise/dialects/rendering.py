"""Renders a request for each offer, and reads the documents of every offer as requests."""

import re
from collections.abc import Callable
from typing import Any, cast

from msgspec import Struct, structs

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
    kind = _kind(document)
    if kind in ((kro.API_VERSION, kro.KIND), _CROSSPLANE):
        return [{**document, "apiVersion": model.API_VERSION, "kind": model.KIND}]
    if kind == _APPLICATION and _has_components(document):
        metadata: object = document.get("metadata", {})
        if not isinstance(metadata, dict) or not cast(Document, metadata).get("name"):
            return [{"apiVersion": model.API_VERSION, "kind": model.KIND, "metadata": metadata}]
        return kubevela.created_requests(document) or [document]
    return [document]


def offer_rejections(written: Any, request: TableRequest) -> tuple[Finding, ...]:
    """Return why the API server rejects a document, although the request is valid."""
    return crossplane.rejections(request) if _kind(written) == _CROSSPLANE else ()


def written_findings(
    written: Any, request: Any, findings: tuple[Finding, ...]
) -> tuple[Finding, ...]:
    """Return findings about a request with the paths of the document that contains it.

    Only an Application of KubeVela has other paths: the request is one of its components.
    """
    if written is request or _kind(written) != _APPLICATION or "spec" not in request:
        return findings
    number = next(
        number
        for number, component in enumerate(written["spec"]["components"])
        if kubevela.is_component(component) and component["name"] == request["metadata"]["name"]
    )
    at = f"spec.components[{number}]"
    return tuple(
        structs.replace(
            finding,
            path=re.sub(r"^spec\b", f"{at}.properties", finding.path).replace(
                "metadata.name", f"{at}.name"
            ),
            fix=re.sub(r"\bspec\b", f"{at}.properties", finding.fix),
        )
        for finding in findings
    )


def _kind(document: Any) -> tuple[Any, Any]:
    fields = cast(Document, document) if isinstance(document, dict) else {}
    return fields.get("apiVersion"), fields.get("kind")


_CROSSPLANE = crossplane.API_VERSION, crossplane.KIND
_APPLICATION = kubevela.API_VERSION, "Application"


def _has_components(application: Document) -> bool:
    spec: object = application.get("spec")
    components = cast(Document, spec).get("components") if isinstance(spec, dict) else None
    return isinstance(components, list) and all(
        isinstance(component, dict)
        and isinstance(cast(Document, component).get("type"), str)
        and "name" in component
        for component in cast(list[object], components)
    )
