"""Instructions of the documents, each held against what it is about."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import botocore.session
import click
import pulumi_config
import pytest
from botocore import xform_name
from click.testing import CliRunner
from instructions import (
    ALL,
    PROGRAMS,
    ROOT,
    SHELL,
    Command,
    blocks,
    by_words,
    called,
    of,
    of_page,
    pages,
    simple_commands,
)

from infra.settings import as_text, configured, defaults, parse, targets
from tablepromise.cli.main import main
from tablepromise.request import dump, load

# --- programs -------------------------------------------------------------------------------------


def test_every_program_is_known_to_these_tests() -> None:
    functions = {"of"}  # of docs/platform.md
    for command in ALL:
        assert command.words[0] in PROGRAMS | SHELL | functions, command.line


@pytest.mark.parametrize("program", ["flux", "helm", "k3d", "kubectl", "pulumi"])
def test_options_are_those_of_the_program(program: str) -> None:
    """The program itself reads them: it reports a wrong one before it prints its help."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed, so it cannot say which options it has")
    once = {
        (command.words[1:3], *(w.partition("=")[0] for w in command.words if w[0] == "-")): command
        for command in of(program)
    }
    for command in once.values():
        line = [*command.words, "--help"]
        done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, "unknown" in done.stderr) == (0, False), done.stderr


def test_the_command_is_printed_as_it_is_installed() -> None:
    """`make install` leaves it in .venv, which is not on the PATH."""
    bare = [called(c) for c in ALL if c.fenced and c.words[0] in {"tablepromise", "python"}]
    assert bare == []


@pytest.mark.parametrize("command", by_words(of("make")))
def test_make_has_the_targets_and_reads_the_variables(command: Command) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for word in command.words[1:]:
        name, is_variable, _ = word.partition("=")
        pattern = rf"\$\({name}\)" if is_variable else rf"(?m)^{name}:"
        assert re.search(pattern, makefile), word


@pytest.mark.parametrize("command", by_words([c for c in of("python") if c.words[1] == "-m"]))
def test_modules_exist(command: Command) -> None:
    assert find_spec(command.words[2]) is not None
    for word in command.plain[1:]:
        assert "/" not in word or (ROOT / word).exists(), word


def test_scripts_exist() -> None:
    assert [c.words for c in of("bash") if not (ROOT / c.words[1]).exists()] == []


# --- tablepromise ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", by_words(of("tablepromise")))
def test_the_command_line_has_the_verb_its_arguments_and_options(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with main.make_context("tablepromise", list(command.words[1:])) as context:
        verb, _, rest = main.resolve_command(context, list(command.words[1:]))
        assert verb is not None
        found = main.get_command(context, verb)
        while isinstance(found, click.Group) and rest:
            found, rest = found.get_command(context, rest[0]), rest[1:]
        assert found is not None
        for word in rest:
            if word == "FILE" or (word.endswith(".yaml") and "/" not in word):
                (tmp_path / word).touch()  # a file of the reader's own
        (tmp_path / "examples").symlink_to(ROOT / "examples")
        monkeypatch.chdir(tmp_path)
        found.make_context(verb, rest, parent=context).close()


OFFLINE = ("validate", "render", "run", "schema")


@pytest.mark.parametrize(
    "command", by_words([c for c in of("tablepromise") if c.fenced and c.words[1] in OFFLINE])
)
def test_a_command_that_needs_no_cluster_ends_well_as_printed(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [request] = load((ROOT / "examples/requests/simple-users-table.yaml").read_text())
    for word in command.words[2:]:
        if word.endswith(".yaml") and "/" not in word:  # a file of the reader's own
            (tmp_path / word).write_text(dump(request))
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, list(command.words[1:]))
    assert result.exit_code == 0, result.output
    if output := command.option("--output"):
        [table] = load((tmp_path / output / "output/table.yaml").read_text())
        assert table["kind"] == "Table"


# --- pulumi ---------------------------------------------------------------------------------------


def _settings_blocks() -> Iterator[Any]:
    for page in pages():
        text = page.read_text()
        spans = re.findall(r"`([^`\n]*pulumi config set[^`\n]*)`", re.sub(r"```.*?```", "", text))
        for block in [*blocks(text), *spans]:
            words = [w for line in block.splitlines() for w in simple_commands(line)]
            changes = [w for w in words if w[:2] == ("pulumi", "config")]
            if any(len([w for w in change if w[0] != "-"]) > 3 for change in changes):
                yield pytest.param(changes, id=f"{page.relative_to(ROOT)}: {' '.join(changes[0])}")


@pytest.mark.parametrize("changes", list(_settings_blocks()))
def test_settings_can_be_set_as_printed_and_make_a_target(changes: list[tuple[str, ...]]) -> None:
    values = {**defaults(), **(config := configured(ROOT, "devex"))}
    config = json.loads(json.dumps(config))
    for change in changes:
        _, _, verb, key, *value = [word for word in change if not word.startswith("-")]
        if verb == "rm":
            pulumi_config.remove(config, key, path="--path" in change)
        else:
            pulumi_config.put(config, key, value[0], path="--path" in change)
    values |= config
    settings = parse("devex", {key: as_text(value) for key, value in values.items()})
    assert settings.target.name == "devex"


def test_stacks_exist() -> None:
    found = {c.words[3] for c in of("pulumi") if c.words[1:3] == ("stack", "init") and c.words[3:]}
    assert found
    assert found <= targets().keys()


def test_outputs_exist() -> None:
    source = (ROOT / "infra/stack/outputs.py").read_text()
    for command in of("pulumi"):
        if command.words[1:3] == ("stack", "output") and command.words[3:]:
            assert f'"{command.words[3]}"' in source, command.line


def test_a_page_says_how_to_log_in_before_it_makes_a_stack() -> None:
    for page in (ROOT / "README.md", ROOT / "stacks/README.md"):
        words = [c.words for c in of_page(page) if c.fenced and c.words[0] == "pulumi"]
        verbs = [word[1] if word[1] != "stack" else word[2] for word in words]
        assert verbs[0] == "login", page
        before = page.read_text().partition("pulumi stack init")[0]
        assert "passphrase" in before, page


# --- aws, git -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", by_words(of("aws")))
def test_calls_of_aws_exist(command: Command) -> None:
    _, service, call, *arguments = command.words
    model = botocore.session.Session().get_service_model(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(operations[call]).input_shape
    assert shape is not None
    options = {f"--{xform_name(name, '-')}" for name in shape.members}
    for word in (word for word in arguments if word.startswith("--")):
        assert word.replace("--no-", "--") in options | {"--region"}, word


def test_what_is_to_be_committed_is_not_ignored() -> None:
    files = ["manifests/aws/promises/promise.aws-dynamodb-kratix.yaml", "stacks/Pulumi.mine.yaml"]
    done = subprocess.run(
        ["git", "check-ignore", *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == []
