"""Links, paths, Python and requests in the documents."""

import ast
import re
from pathlib import Path
from typing import Any

import cdk8s
import pytest
from instructions import ROOT, pages

from tablepromise.request import load, validate


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_links_and_headings_exist(page: Path) -> None:
    text = page.read_text()
    top = {entry.name for entry in ROOT.iterdir()} - {"manifests", "dist", ".venv"}
    for path in re.findall(r"`([\w.-]+(?:/[\w.-]+)+/?)`", text):
        if path.split("/")[0] in top:
            assert (ROOT / path).exists(), path
    for link, anchor in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", text):
        target = page.parent / link if link else page
        assert target.exists(), link
        if anchor:
            assert anchor in headings(target), f"{link}#{anchor}"


def headings(page: Path) -> set[str]:
    """Anchors of a document, as GitHub derives them."""
    found = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def test_blocks_of_python_run() -> None:
    ran = 0
    for page in pages():
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL):
            names: dict[str, Any] = {
                name: cdk8s.Testing.chart() for name in ("chart", "hub", "tables")
            }
            names["image"] = "registry.example.com/pipeline:1"
            exec(compile(ast.parse(block), str(page), "exec"), names)  # noqa: S102
            ran += 1
    assert ran > 1


def test_requests_in_pages_are_legal() -> None:
    found = [
        document
        for page in pages()
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)
        if "kind: DynamoDBRequest" in block.splitlines()
        for document in load(block)
    ]
    assert found
    assert [validate(document) for document in found if validate(document)] == []
