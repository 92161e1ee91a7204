"""docs/ack-table.md, held against the Tables that requests are rendered to."""

import random
import re
from pathlib import Path

from corpus import CASES
from field_paths import paths
from generated import legal, request

from tablepromise.request import admit, render

PAGE = (Path(__file__).parents[2] / "docs/ack-table.md").read_text()
ROWS = re.findall(r"^\| `([^`]+)` \| (yes|no) \| (.*?) ?\|$", PAGE, re.MULTILINE)


def test_a_field_is_offered_if_and_only_if_a_request_can_render_it() -> None:
    rng = random.Random(3)  # noqa: S311  repeatable on purpose
    documents = [document for document, refused in CASES.values() if not refused]
    documents += [request(legal(rng)) for _ in range(300)]
    rendered = {path for document in documents for path in paths(render(admit(document))["spec"])}
    assert rendered == {path for path, offered, _ in ROWS if offered == "yes"}


def test_each_field_that_is_not_offered_has_a_reason_and_no_other() -> None:
    assert len(ROWS) == len({path for path, *_ in ROWS}) > 40
    assert [path for path, offered, why in ROWS if (offered == "no") != bool(why.strip())] == []
