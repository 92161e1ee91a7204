"""docs/status.md, held against the statuses of all situations that are known."""

import re
from pathlib import Path

from situations import SITUATIONS
from status_world import spoilt, status

PAGE = (Path(__file__).parents[2] / "docs/status.md").read_text()
REASONS = PAGE.partition("<!-- reasons:")[2].partition("<!-- end -->")[0]
ROWS = {
    reason: (ready, stalled)
    for reason, ready, stalled in re.findall(
        r"^\| `(\w+)` \| (.+?) \| (.+?) \|", REASONS, re.MULTILINE
    )
}


def test_the_conditions_of_every_reason_are_those_of_the_page() -> None:
    seen: dict[str, tuple[set[str], set[str]]] = {}
    for name in SITUATIONS:
        ready, stalled = status(spoilt(name)).conditions
        both = seen.setdefault(ready.reason, (set(), set()))
        both[0].add(ready.status)
        both[1].add(stalled.status)
    assert seen.keys() == ROWS.keys()
    for reason, (ready, stalled) in ROWS.items():
        assert set(re.findall("True|False|Unknown", ready)) == seen[reason][0], reason
        either = {"True", "False"} if stalled == "when it takes too long" else {stalled}
        assert seen[reason][1] <= either, reason
