"""What the pinned charts bring, from `tests/fixtures/charts`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import yaml
from msgspec import Struct, convert

from tablepromise.platform.helm import AGGREGATIONS

FOLDER = Path(__file__).parents[1] / "fixtures/charts"


class Switch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value of a chart that turns its roles for people on."""

    path: str
    default: bool


class Role(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ClusterRole of a chart for people."""

    name: str
    aggregate: list[str]
    rules: list[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """Return the object as the chart renders it."""
        own = {f"rbac.authorization.k8s.io/aggregate-to-{role}": "true" for role in self.aggregate}
        assert own.keys() <= set(AGGREGATIONS)
        return {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": self.name, "labels": own},
            "rules": self.rules,
        }


class ChartFacts(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a chart of one version brings."""

    version: str
    namespaced: list[str]
    cluster: list[str]
    roles: list[Role]
    commit: str | None = None
    switch: Switch | None = None

    def rendered(self, values: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the roles for people that the chart renders with these values."""
        on = self.switch is None or _value(values, self.switch)
        return [role.document() for role in self.roles] if on else []


def _value(values: Mapping[str, Any], switch: Switch) -> bool:
    node: Any = values
    for step in switch.path.split("."):
        node = cast(Mapping[str, Any], node).get(step)
        if node is None:
            return switch.default
    assert isinstance(node, bool)
    return node


def charts() -> dict[str, ChartFacts]:
    """Return the facts of each chart, by its name."""
    return {
        file.stem: convert(yaml.safe_load(file.read_text(encoding="utf-8")), ChartFacts)
        for file in sorted(FOLDER.glob("*.yaml"))
    }
