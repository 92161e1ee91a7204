"""The facts on charts are those of the pinned versions: a new version needs a new look."""

import charts

from tablepromise.platform import versions
from tablepromise.platform.versions import Chart, GitChart, OciChart, RepositoryChart

PINNED: dict[str, Chart] = {
    value.name: value
    for value in vars(versions).values()
    if isinstance(value, OciChart | GitChart | RepositoryChart)
}


def test_the_permissions_of_every_pinned_chart_were_looked_at() -> None:
    found = charts.charts()
    assert found.keys() == PINNED.keys()
    for name, facts in found.items():
        chart = PINNED[name]
        commit = chart.commit if isinstance(chart, GitChart) else None
        assert (facts.version, facts.commit) == (chart.version, commit), (
            f"{name} has another version: see tests/fixtures/charts/README.md"
        )
