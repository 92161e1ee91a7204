"""Runs the Composition's script on stand-ins of function-python's messages, without Crossplane."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from tablepromise.dialects import crossplane_script as script
from tablepromise.request.schema import spec_schema
from tablepromise.request.schema_validation import apply_defaults

Object = dict[str, Any]


class ProtoStruct:
    """protobuf's Struct, which is less than a dict: no `get`, and every number is a float."""

    def __init__(self, fields: Mapping[str, Any] | None = None) -> None:
        self._fields: Object = {}
        self.update(fields or {})

    def __getitem__(self, key: str) -> Any:
        return self._fields[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def keys(self) -> Iterable[str]:
        return self._fields.keys()

    def update(self, fields: Mapping[str, Any]) -> None:
        self._fields |= {key: _value(child) for key, child in fields.items()}


class ProtoList:
    """protobuf's list, which is less than a list."""

    def __init__(self, items: Iterable[object]) -> None:
        self._items = [_value(item) for item in items]

    def __getitem__(self, index: int) -> Any:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def append(self, item: Any) -> None:
        self._items.append(_value(item))


def _value(value: object) -> Any:
    if isinstance(value, dict):
        return ProtoStruct(cast(Object, value))
    if isinstance(value, list):
        return ProtoList(cast(list[object], value))
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return float(value)


@dataclass
class _Resource:
    resource: ProtoStruct = field(default_factory=ProtoStruct)
    ready: int = 0


@dataclass
class _State:
    composite: _Resource = field(default_factory=_Resource)
    resources: defaultdict[str, _Resource] = field(default_factory=lambda: defaultdict(_Resource))


@dataclass
class _Labels:
    labels: dict[str, str] = field(default_factory=dict[str, str])


@dataclass
class _Selector:
    api_version: str = ""
    kind: str = ""
    match_labels: _Labels = field(default_factory=_Labels)


@dataclass
class _Requirements:
    resources: defaultdict[str, _Selector] = field(default_factory=lambda: defaultdict(_Selector))


@dataclass
class _Found:
    items: list[_Resource]


@dataclass
class _Request:
    observed: _State
    required_resources: dict[str, _Found]


@dataclass
class _Duration:
    seconds: int = 60  # the default of the function


@dataclass
class _Meta:
    ttl: _Duration = field(default_factory=_Duration)


@dataclass
class _Response:
    meta: _Meta = field(default_factory=_Meta)
    desired: _State = field(default_factory=_State)
    requirements: _Requirements = field(default_factory=_Requirements)


@dataclass(frozen=True)
class Run:
    """Result of one run of the script.

    Attributes:
        resources: the composed resources by their names in the composition.
        ready: names of the ready ones.
        rejected: the DynamoDBTable is not ready, whatever its resources are.
        status: of the DynamoDBTable.
        seconds: until Crossplane reconciles again, if nothing changes before.
    """

    resources: dict[str, Object]
    ready: frozenset[str]
    rejected: bool
    status: Object
    seconds: int


def run(
    xr: Object, observed: Mapping[str, Object] | None = None, tables: Iterable[Object] = ()
) -> Run:
    """Runs the script once.

    Args:
        xr: a DynamoDBTable; its defaults are set here, as the API server sets them.
        observed: the composed resources that exist.
        tables: every Table object in the cluster that has the label `script.LABEL` of this one.
    """
    stored = {**xr, "spec": apply_defaults(xr["spec"], spec_schema())}
    state = _State(_Resource(ProtoStruct(stored)))
    for name, resource in (observed or {}).items():
        state.resources[name].resource.update(resource)
    found = _Found([_Resource(ProtoStruct(table)) for table in tables])
    response = _Response()
    script.compose(_Request(state, {"tables": found}), response)
    desired = response.desired
    return Run(
        resources={name: script.plain(each.resource) for name, each in desired.resources.items()},
        ready=frozenset(n for n, each in desired.resources.items() if each.ready == script.READY),
        rejected=desired.composite.ready == script.NOT_READY,
        status=script.plain(desired.composite.resource)["status"],
        seconds=response.meta.ttl.seconds,
    )


def composed_resources(xr: Object) -> list[Object]:
    """Return what the script composes for a DynamoDBTable whose table is ready."""
    first = run(xr).resources
    table = {**first[script.TABLE], "status": {"conditions": [{"type": "Ready", "status": "True"}]}}
    return list(run(xr, {script.TABLE: table}).resources.values())
