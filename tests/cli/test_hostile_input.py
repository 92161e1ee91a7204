"""No input of a command is answered with a traceback, and none takes long."""

import random
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from corpus import spec
from generated import request
from yaml_texts import BOMB, READ, REFUSED, STRICTER, content

from tablepromise.cli.main import main
from tablepromise.request import dump, validate

ROOT = Path(__file__).parents[2]
EXAMPLES = [
    *sorted((ROOT / "examples/requests").glob("*.yaml")),
    ROOT / "examples/kubevela/applications.yaml",
]
HOSTILE: tuple[Any, ...] = (None, "", "x", "\0", 5, -1, 1e300, 2**70, True, [], {}, [None], [[]])
"""Values to put where another belongs."""

PIECES = (b"\xff", b"\0", b"\t", b"[", b"{", b"*a", b"&a ", b"<<: ", b"\n---\n", b"")
"""Bytes to put anywhere."""

COMMANDS = {
    "validate": "validate {}",
    "validate of the examples, changed": f"validate {EXAMPLES[0].parent} --old {{}}",
    "render": "render {}",
    "render by kubevela": "render {} --offer kubevela -o json",
    "render by crossplane": "render {} --offer crossplane",
    "run configure": "run configure --input {} --output {}.out",
    "run delete": "run delete --input {} --output {}.out",
    "check": "check --kubeconfig {}",
}


def invoke(command: str, stdin: bytes | None = None) -> Result:
    result = CliRunner().invoke(main, shlex.split(command), input=stdin)
    if not isinstance(result.exception, SystemExit | None):
        raise result.exception
    assert result.exit_code in (0, 1, 2)
    assert bool(result.exit_code) <= bool(result.output)
    return result


def hostile_documents() -> list[Any]:
    """Requests with any value anywhere, and documents around them."""
    documents: list[Any] = []
    whole = request(spec(tags=[{"key": "a", "value": "b"}], stream={}))
    whole["status"] = {"conditions": [{"type": "Ready", "status": "True"}]}
    for path in _paths(whole):
        documents += [_put(whole, path, value) for value in HOSTILE]
    documents += [{"apiVersion": "v1", "kind": "List", "items": value} for value in HOSTILE]
    documents += [{"kind": "List", "items": [value, whole]} for value in HOSTILE]
    application = {
        "apiVersion": "core.oam.dev/v1beta1",
        "kind": "Application",
        "metadata": {"name": "a", "namespace": "b"},
        "spec": {
            "components": [
                {"name": "c", "type": "aws-dynamodb-kratix", "properties": whole["spec"]}
            ]
        },
    }
    for path in (("metadata",), ("metadata", "name"), ("metadata", "namespace"), ("spec",)):
        documents += [_put(application, path, value) for value in HOSTILE]
    without = {key: value for key, value in application.items() if key != "metadata"}
    return [*documents, without]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs: Any = ()
    if isinstance(value, dict | list):
        keys: Any = value if isinstance(value, dict) else range(len(value))  # pyright: ignore
        pairs = [(key, value[key]) for key in keys]
    return [found for key, child in pairs for found in ((*path, key), *_paths(child, (*path, key)))]


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _put(value[path[0]], path[1:], new)
    return copy


def texts() -> list[bytes]:
    rng = random.Random(3)  # noqa: S311  repeatable on purpose
    found = [content(name) for name in (*READ, *REFUSED, *STRICTER)]
    found += [b"[" * 5000, b"a: " * 5000, b'{"a":' * 5000, BOMB.encode(), b"\0", b"- " * 5000]
    for _ in range(100):
        text = bytearray(rng.choice(EXAMPLES).read_bytes())
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(text))
            part = rng.choice(
                [b"\xff", b"\0", b"\t", b"[", b"{", b"*a", b"&a ", b"<<: ", b"\n---\n"]
            )
            text[at : at + rng.randint(0, 9)] = part
        found.append(bytes(text))
    return found


ONE_BY_ONE = ("validate of the examples, changed", "run configure", "run delete", "check")
"""Commands that end at the first document that they cannot use, or take one only."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> dict[str, Path]:
    """Folders: all texts, documents that admission rejects, and those that it accepts."""
    root = tmp_path_factory.mktemp("hostile")
    folders = {name: root / name for name in ("texts", "rejected", "accepted")}
    for folder in folders.values():
        folder.mkdir()
    for number, text in enumerate(texts()):
        (folders["texts"] / f"{number}.yaml").write_bytes(text)
    # 3 divides no number of values, so each of them is at many paths
    step = 1 if pytestconfig.getoption("--full") else 3
    for number, document in enumerate(hostile_documents()[::step]):
        kind = "rejected" if validate(document, None) else "accepted"
        (folders[kind] / f"{number:04}.yaml").write_text(dump(document))
    return folders


@pytest.mark.parametrize("command", [c for name, c in COMMANDS.items() if name not in ONE_BY_ONE])
def test_all_files_of_a_folder_are_answered_in_words(command: str, files: dict[str, Path]) -> None:
    for name, folder in files.items():
        assert invoke(command.format(folder)).exit_code == 1 or name == "accepted"


@pytest.mark.parametrize("name", ONE_BY_ONE)
def test_each_file_is_answered_in_words(name: str, files: dict[str, Path], tmp_path: Path) -> None:
    found = [*files["texts"].iterdir()]
    if name != "check":
        found += [*sorted(files["rejected"].iterdir())[::2], *files["accepted"].iterdir()]
    for file in found:
        invoke(COMMANDS[name].format(file, tmp_path / "out"))


def test_try_takes_all_of_them_at_once(files: dict[str, Path]) -> None:
    assert invoke(f"try {' '.join(map(str, files.values()))} -o json").exit_code == 1
