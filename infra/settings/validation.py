"""Validation of settings: an error names the setting, the problem, what is allowed and the fix.

An error never shows the value of a group: it may be a credential.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

import msgspec
from msgspec.inspect import DataclassType, StructType, Type, UnionType, type_info

from tablepromise.platform import ExistingSecret, IamRole

_NAME = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"


class SettingError(ValueError):
    """A setting is not valid.

    Attributes:
        key: of the setting, such as `aws.roleArn`.
    """

    def __init__(self, key: str, problem: str, *, allowed: str, fix: str = "") -> None:
        self.key = key
        super().__init__(f"{key}: {problem}, allowed: {allowed}" + (f"; {fix}" if fix else ""))


class Group(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A setting that is an object of settings."""

    def get(self, name: str) -> Any:
        """Return the value of a setting in the group; None if it is not set."""
        return getattr(self, _attributes(type(self))[name])

    def given(self, names: Iterable[str]) -> list[str]:
        """Return those of the names that are set."""
        return [name for name in names if self.get(name) is not None]

    def require_one(self, key: str, names: tuple[str, ...]) -> str:
        """Return the one of the names that is set.

        Raises:
            SettingError: none of them is set, or more than one.
        """
        given = self.given(names)
        if len(given) != 1:
            problem = f"got {' and '.join(given) or 'none'}"
            raise SettingError(key, problem, allowed=f"exactly one of {', '.join(names)}")
        return given[0]

    def require_pair(self, key: str, *names: str) -> None:
        """Check that both names are set, or none.

        Raises:
            SettingError: only one of them is set.
        """
        if len(given := self.given(names)) == 1:
            [missing] = {*names} - {*given}
            allowed = f"both {' and '.join(names)}"
            raise SettingError(f"{key}.{missing}", "is missing", allowed=allowed)


@cache
def _attributes(shape: type[Group]) -> dict[str, str]:
    """Names of a group's attributes, by the names of the settings."""
    return {field.encode_name: field.name for field in msgspec.structs.fields(shape)}


_G = TypeVar("_G", bound=Group)
_T = TypeVar("_T")


def group(key: str, value: object, shape: type[_G], other: tuple[str, ...] = ()) -> _G:
    """Return the value of a setting as a group.

    Args:
        key: of the setting.
        value: of the setting.
        shape: of the group.
        other: keys that would make it a group of another shape, which errors list too.

    Raises:
        SettingError: the value has another shape.
    """
    _check_keys(key, value, type_info(shape), other)
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:  # its message has types, and no values
        problem, _, path = str(error).partition(" - at `$")
        expected, comma, got = problem.partition(", got ")
        if comma:
            problem = f"got {got}, allowed: {expected.removeprefix('Expected ')}"
        raise _setting_error(key + path.rstrip("`"), problem) from None
    except UnicodeError:
        raise SettingError(key, "is not text", allowed="text") from None


def _check_keys(key: str, value: object, shape: Type, other: tuple[str, ...] = ()) -> None:
    """Check that an object has all required keys and no unknown ones, and so do objects in it."""
    options = shape.types if isinstance(shape, UnionType) else (shape,)
    [*found] = (each for each in options if isinstance(each, StructType | DataclassType))
    fields = {field.encode_name: field for each in found for field in each.fields}
    if not isinstance(value, dict):
        if found == [*options]:
            raise SettingError(key, "is not an object", allowed=f"an object of {', '.join(fields)}")
        return
    if found:
        values = cast(dict[str, Any], value)
        check_known(f"{key}.", values, (*fields, *other))
        for name, field in fields.items():
            if name in values:
                _check_keys(f"{key}.{name}", values[name], field.type)
            elif field.required and len(found) == 1:
                raise SettingError(f"{key}.{name}", "is missing", allowed="a value")


def check_known(prefix: str, values: Mapping[Any, Any], names: Iterable[str]) -> None:
    """Check that all keys are known settings.

    Raises:
        SettingError: a key is not.
    """
    allowed = list(names)
    for key in values:
        if key not in allowed:
            problem = "there is no such setting"
            raise SettingError(f"{prefix}{key}", problem, allowed=", ".join(allowed))


def require_match(key: str, value: str, pattern: str, allowed: str, longest: int = 1000) -> None:
    """Check a text against a pattern of ASCII letters, and its length.

    Raises:
        SettingError: it does not match, or is longer.
    """
    if not re.fullmatch(pattern, value, re.ASCII) or len(value) > longest:
        raise SettingError(key, f"got {value!r}", allowed=allowed)


def checked(key: str, make: Callable[[], _T]) -> _T:
    """Return what `make` returns; its ValueError becomes a SettingError of `key`."""
    try:
        return make()
    except ValueError as error:
        raise _setting_error(key, str(error)) from None


def _setting_error(key: str, text: str) -> SettingError:
    problem, _, allowed = text.partition(", allowed: ")
    return SettingError(key, problem, allowed=allowed or "another value")


def iam_role(key: str, arn: str) -> IamRole:
    """Return the IAM role that a setting names.

    Raises:
        SettingError: it is not the ARN of a role.
    """
    return checked(key, lambda: IamRole(arn=arn))


def existing_secret(key: str, name: str | None, default: str) -> ExistingSecret:
    """Return the Secret that a setting names.

    Raises:
        SettingError: no Secret can have that name.
    """
    if name is not None:
        require_match(key, name, _NAME, "the name of a Secret")
    return ExistingSecret(name=name or default)
