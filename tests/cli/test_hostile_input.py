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
from tablepromise.request import dump

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


def hostile_documents() -> list[bytes]:
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
    return [dump(document).encode() for document in [*documents, without]]


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


@pytest.mark.parametrize("name", COMMANDS)
def test_any_text_is_answered_in_words(name: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    for text in texts():
        file.write_bytes(text)
        invoke(COMMANDS[name].format(file, file))


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "check"])
def test_any_value_anywhere_is_answered_in_words(name: str, tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    for text in hostile_documents():
        file.write_bytes(text)
        invoke(COMMANDS[name].format(file, file))


def test_try_takes_all_of_them_at_once(tmp_path: Path) -> None:
    for number, text in enumerate([*texts(), *hostile_documents()]):
        (tmp_path / f"{number}.yaml").write_bytes(text)
    assert invoke(f"try {tmp_path} -o json").exit_code == 1
