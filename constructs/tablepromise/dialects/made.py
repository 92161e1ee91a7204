"""What each offer makes of a request, offline."""

from collections.abc import Callable
from typing import Any, cast

from msgspec import Struct

from tablepromise.dialects import asked, crossplane, kro, kubevela
from tablepromise.dialects.asked import Asked
from tablepromise.request import Finding, TableRequest, admit, is_request, model, render
from tablepromise.request.quotas import HIGHEST
from tablepromise.request.regions import EVERY


class Made(Struct, frozen=True):
    """What comes of a request.

    Attributes:
        written: what a developer writes to be given it.
        objects: what the offer makes of that, for others to act on.
        asked: what DynamoDB is asked for in the end.
        rejections: why the API server rejects what is written. Then there are no objects, and
            DynamoDB is asked for nothing.
    """

    written: dict[str, Any]
    objects: list[dict[str, Any]]
    asked: Asked
    rejections: tuple[Finding, ...] = ()


def is_offered(document: object) -> bool:
    """Whether `document` is a request, or what one writes for another offer."""
    return is_request(document) or requests_in(document) != [document]


def requests_in(document: Any) -> list[Any]:
    """The DynamoDBRequests that say what a document of any offer says.

    A document of another kind is given back as it is, for admission to refuse.
    """
    if not isinstance(document, dict):
        return [document]
    document = cast(dict[str, Any], document)
    kind = document.get("apiVersion"), document.get("kind")
    if kind in ((kro.API_VERSION, kro.KIND), (crossplane.API_VERSION, crossplane.KIND)):
        return [{**document, "apiVersion": model.API_VERSION, "kind": model.KIND}]
    if kind == (kubevela.API_VERSION, "Application") and _has_components(document):
        metadata: object = document.get("metadata", {})
        if not isinstance(metadata, dict) or not cast(dict[str, object], metadata).get("name"):
            return [{"apiVersion": model.API_VERSION, "kind": model.KIND, "metadata": metadata}]
        return kubevela.requests_of(document) or [document]
    return [document]


def _has_components(application: dict[str, Any]) -> bool:
    spec: object = application.get("spec")
    components = cast(dict[str, object], spec).get("components") if isinstance(spec, dict) else None
    return isinstance(components, list) and all(
        isinstance(each, dict)
        and isinstance(cast(dict[str, object], each).get("type"), str)
        and "name" in each
        for each in cast(list[object], components)
    )


def promise(request: TableRequest) -> Made:
    table = render(request)
    return Made(request.as_document(), [table], asked.of_table(table))


def by_kro(request: TableRequest) -> Made:
    instance = kro.instance(request)
    table = kro.table(instance)
    return Made(instance, [table], asked.of_table(table))


def by_crossplane(request: TableRequest) -> Made:
    instance = crossplane.instance(request)
    if rejections := crossplane.rejections(request):
        return Made(instance, [], {}, rejections)
    resources = crossplane.composed(instance)
    return Made(instance, resources, crossplane.asked_of(resources))


def by_kubevela(request: TableRequest) -> Made:
    application = kubevela.application(request)
    [asked_for] = kubevela.requests_of(application)
    admitted = admit(asked_for, asked_for, EVERY, HIGHEST)
    return Made(application, [asked_for], asked.of_table(render(admitted)))


class Offer(Struct, frozen=True):
    """A way to ask for a table.

    Attributes:
        make: what it makes of a request.
        cannot: what a request can say and this cannot, and why; `path: value` where DynamoDB is
            asked for something else.
    """

    make: Callable[[TableRequest], Made]
    cannot: dict[str, str] = {}


OFFERS = {
    "promise": Offer(promise),
    "kro": Offer(by_kro, kro.NOT_EXPRESSIBLE),
    "crossplane": Offer(by_crossplane, crossplane.NOT_EXPRESSIBLE),
    "kubevela": Offer(by_kubevela, kubevela.NOT_EXPRESSIBLE),
}
"""By the name that a target's `offers` has for it."""


def differences(made: dict[str, Made]) -> dict[str, dict[str, str]]:
    """Paths at which not all offers ask for the same; by offer, why one cannot.

    An offer that rejects the request differs at the fields that it rejects.
    """
    values = {name: asked.flat(each.asked) for name, each in made.items() if not each.rejections}
    paths = dict.fromkeys(path for column in values.values() for path in column)
    meant = values["promise"]
    rejected: dict[str, dict[str, str]] = {}
    for name, each in made.items():
        for finding in each.rejections:
            path = finding.path.removeprefix("spec.")
            rejected.setdefault(path, {})[name] = f"{finding.allowed}; {finding.fix}"
    return rejected | {
        path: {
            name: OFFERS[name].cannot[f"{path}: {meant.get(path)}"]
            for name, column in values.items()
            if column.get(path) != meant.get(path)
            and f"{path}: {meant.get(path)}" in OFFERS[name].cannot
        }
        for path in paths
        if any(column.get(path) != meant.get(path) for column in values.values())
    }
