"""Checks of settings: a refusal says what, what it got, and what is allowed. It shows no value of a
group, which may be a credential."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar, cast

import msgspec

from tablepromise.platform import ExistingSecret, ExternalSecret, SealedSecret

_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")
"""Of a Secret."""


class SettingError(ValueError):
    """A setting that cannot be.

    Attributes:
        key: of the setting, such as `aws.roleArn`.
    """

    def __init__(self, key: str, problem: str, *, allowed: str, fix: str = "") -> None:
        self.key = key
        super().__init__(f"{key}: {problem}, allowed: {allowed}" + (f"; {fix}" if fix else ""))


class Group(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object among the settings."""

    def said(self, name: str) -> bool:
        """Whether a setting of this name is given."""
        return any(
            field.encode_name == name and getattr(self, field.name) is not None
            for field in msgspec.structs.fields(self)
        )


_G = TypeVar("_G", bound=Group)
_P = TypeVar("_P")

_PARTS = {
    "externalSecret": ExternalSecret,
    "readExternalSecret": ExternalSecret,
    "sealedSecret": SealedSecret,
}
"""Parts of groups, which have names of their own."""


def group(key: str, value: object, shape: type[_G], beside: tuple[str, ...] = ()) -> _G:
    """`value` as a group. What is wrong is said without the value: it may be a credential.

    Args:
        key: of the setting.
        value: what is said.
        shape: of the group.
        beside: keys that would make it another group.

    Raises:
        SettingError: it has another shape.
    """
    names = [field.encode_name for field in msgspec.structs.fields(shape)]
    if not isinstance(value, dict):
        raise SettingError(key, "is no object", allowed=f"an object of {', '.join(names)}")
    said = cast(dict[str, Any], value)
    known(f"{key}.", said, (*names, *beside))
    for name, part in _PARTS.items():
        if isinstance(said.get(name), dict):
            known(f"{key}.{name}.", said[name], (field.name for field in fields(part)))
    try:
        return msgspec.convert(said, shape)
    except msgspec.ValidationError as error:
        raise _translated(key, error) from None
    except UnicodeError:
        raise SettingError(key, "holds what is no text", allowed="text") from None


def known(prefix: str, values: Mapping[Any, Any], names: Iterable[str]) -> None:
    """Checks that there are no other keys.

    Raises:
        SettingError: there is one.
    """
    allowed = list(names)
    for key in values:
        if key not in allowed:
            raise SettingError(
                f"{prefix}{key}", "there is no such setting", allowed=", ".join(allowed)
            )


def _translated(key: str, error: msgspec.ValidationError) -> SettingError:
    """What msgspec says of types, in our words. It never says values."""
    text, _, path = str(error).partition(" - at `$")
    place = key + path.rstrip("`")
    if missing := re.fullmatch(r"Object missing required field `(\w+)`", text):
        return SettingError(f"{place}.{missing[1]}", "is missing", allowed="a value")
    expected, comma, got = text.partition(", got ")
    if comma:
        return SettingError(place, f"got {got}", allowed=expected.removeprefix("Expected "))
    return _of(place, text)


def part(key: str, make: Callable[[], _P]) -> _P:
    """What `make` returns; a refusal of its own is one of `key`."""
    try:
        return make()
    except ValueError as error:
        raise _of(key, str(error)) from None


def _of(key: str, text: str) -> SettingError:
    problem, _, allowed = text.partition(", allowed: ")
    return SettingError(key, problem, allowed=allowed or "another value")


def named(key: str, name: str | None, default: str) -> ExistingSecret:
    if name is not None and not _NAME.fullmatch(name):
        raise SettingError(key, f"got {name!r}", allowed="the name of a Secret")
    return ExistingSecret(name=name or default)


def one_of(key: str, said: Group, names: tuple[str, ...]) -> str:
    chosen = [name for name in names if said.said(name)]
    if len(chosen) != 1:
        raise SettingError(
            key,
            f"got {' and '.join(chosen) or 'none'}",
            allowed=f"exactly one of {', '.join(names)}",
        )
    return chosen[0]


def pair(key: str, said: Group, one: str, other: str) -> None:
    for here, there in ((one, other), (other, one)):
        if said.said(here) and not said.said(there):
            raise SettingError(f"{key}.{there}", "is missing", allowed=f"both {one} and {other}")
