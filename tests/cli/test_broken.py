"""`check` at a server that answers something broken: one sentence, exit 1, no traceback."""

import json
from pathlib import Path

import pytest
from broken import ANSWERS
from click.testing import CliRunner
from loopback import Handler, served

from tablepromise.cli.main import main


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("command", ["check", "trace orders"])
def test_a_broken_answer_is_one_sentence(name: str, command: str, tmp_path: Path) -> None:
    def answer(handler: Handler) -> None:
        ANSWERS[name](handler)

    with served(type("Broken", (Handler,), {"do_GET": answer})) as url:
        config = tmp_path / "config"
        content = {
            "current-context": "broken",
            "clusters": [{"name": "broken", "cluster": {"server": url}}],
            "users": [{"name": "me", "user": {"token": "t"}}],
            "contexts": [{"name": "broken", "context": {"cluster": "broken", "user": "me"}}],
        }
        config.write_text(json.dumps(content))
        result = CliRunner().invoke(main, [*command.split(), "--kubeconfig", str(config)])
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "dynamodbrequests" in line
    assert "ask for that right" not in line
    assert url in line
