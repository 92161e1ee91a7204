"""Reads the settings: `Pulumi.yaml` declares them, and `stacks/Pulumi.<stack>.yaml` sets them.

`cdk8s synth` reads the files, and Pulumi gives the program the same values. `parser` parses both,
so a stack and the manifests of its name have the same target.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from infra.settings.groups import CREDENTIALS
from infra.settings.validation import SettingError, check_known

PROJECT = "tablepromise"
ROOT = Path(__file__).parents[2]


@cache
def declared(folder: Path = ROOT) -> dict[str, dict[str, Any]]:
    """Return the declared settings, each with its type, default and description."""
    text = (folder / "Pulumi.yaml").read_text(encoding="utf-8")
    project: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return {key: value for key, value in project["config"].items() if ":" not in key}


def defaults(folder: Path = ROOT) -> dict[str, Any]:
    """Return the defaults of the settings that have one."""
    return {key: value["default"] for key, value in declared(folder).items() if "default" in value}


def configured(folder: Path, stack: str) -> dict[str, Any]:
    """Return the settings in the stack's file; none if there is no file.

    Raises:
        SettingError: an unknown setting, or a credential that is not encrypted.
    """
    file = folder / f"stacks/Pulumi.{stack}.yaml"
    if not file.exists():
        return {}
    try:
        content: Any = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeError) as error:
        problem = str(error).replace("\n", " ")
        raise SettingError(file.name, f"is not YAML: {problem}", allowed="YAML") from None
    config = cast(dict[str, Any], content).get("config") if isinstance(content, dict) else content
    if config is not None and not isinstance(config, dict):
        problem = "its `config` is not an object"
        raise SettingError(file.name, problem, allowed="an object of settings")
    prefix = f"{PROJECT}:"
    values: dict[str, Any] = {
        str(key).removeprefix(prefix): value
        for key, value in cast(dict[object, Any], config or {}).items()
        if str(key).startswith(prefix) and value is not None
    }
    check_known("", values, declared(folder))
    for key, value in _credentials(values):
        if not (isinstance(value, dict) and value.keys() == {"secure"}):
            raise not_encrypted(key)
    return values


def not_encrypted(key: str) -> SettingError:
    """Return the error of a credential in plain text."""
    return SettingError(
        key,
        "is plain text",
        allowed="an encrypted value",
        fix=f"`pulumi config set --secret --path {key}`, and rotate the credential everywhere it "
        "was in plain text",
    )


def credentials(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the first credential of each group that has one, from the texts that Pulumi has."""
    groups = {
        key: typed_value(key, text, "object") for key in CREDENTIALS if (text := texts.get(key))
    }
    found: dict[str, str] = {}
    for key, _ in _credentials(groups):
        found.setdefault(key.partition(".")[0], key)
    return found


def _credentials(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, keys in CREDENTIALS.items():
        group = values.get(name)
        if isinstance(group, dict):
            for key in keys:
                if (value := cast(dict[str, Any], group).get(key)) is not None:
                    yield f"{name}.{key}", value


_TYPES: dict[str, type[Any]] = {"boolean": bool, "integer": int, "array": list, "object": dict}


def typed_value(key: str, text: str, kind: str) -> Any:
    """Return the value of a setting from its text.

    Raises:
        SettingError: it has another type. The error does not show a group: it may be a credential.
    """
    if kind == "string":
        return text
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    if type(value) is not _TYPES[kind]:
        problem = "has another type" if kind == "object" else f"got {text!r}"
        raise SettingError(key, problem, allowed=f"a value of type {kind}")
    return value


def as_text(value: object) -> str:
    """Return the text of a value as Pulumi gives it to a program."""
    return value if isinstance(value, str) else json.dumps(value, default=str)
