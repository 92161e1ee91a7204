"""Messages of the rules, held against docs/fields.md, which people read and review."""

from pathlib import Path
from typing import Any

from tablepromise.request import spec_schema

PAGE = (Path(__file__).parents[2] / "docs/fields.md").read_text().partition("## Rules")[2]


def messages(node: dict[str, Any]) -> list[str]:
    own = [rule["message"] for rule in node.get("x-kubernetes-validations", ())]
    children = [*node.get("properties", {}).values(), *([node["items"]] if "items" in node else [])]
    return own + [message for child in children for message in messages(child)]


def test_every_message_is_on_the_page_word_for_word() -> None:
    found = messages(spec_schema())
    assert len(found) > 40
    for message in found:
        must, _, fix = message.partition("; ")
        assert f" | {must} | {fix} |" in PAGE
