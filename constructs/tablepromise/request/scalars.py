"""Resolves plain scalars of YAML as kubectl does: YAML 1.1 with Go's rules."""

import re
from math import inf
from typing import Any, Final

TAG: Final = "tag:yaml.org,2002:"

SCALARS: Final = (
    (
        f"{TAG}bool",
        r"y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
        "yYnNtTfFoO",
    ),
    (f"{TAG}null", r"~|null|Null|NULL|", "~nN\0"),
    (
        f"{TAG}int",
        r"[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+",
        "-+0123456789",
    ),
    (
        f"{TAG}float",
        r"[-+]?(?:[0-9][0-9_]*)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    (f"{TAG}merge", r"<<", "<"),
)
"""Tag, pattern and first characters of the plain scalars that are no text."""

MERGE: Final = object()
"""Value of the key `<<`."""

_PATTERNS = [(tag, re.compile(pattern), first) for tag, pattern, first in SCALARS]
TYPES: dict[str, tuple[type, ...]] = {
    f"{TAG}bool": (bool,),
    f"{TAG}int": (int,),
    f"{TAG}float": (float, int),
    f"{TAG}null": (type(None),),
}
"""By tag: types of its scalars."""

_INT64 = 2**63

_DIGITS = 1e21
"""From this number on Go writes a float with an exponent."""


def resolve(text: str) -> Any:
    """Return the value of a plain scalar: None, a boolean, a number, text, or MERGE."""
    first = text[0] if text else "\0"
    for tag, pattern, firsts in _PATTERNS:
        if first in firsts and pattern.fullmatch(text):
            if tag.endswith("bool"):
                return text.lower() in ("y", "yes", "true", "on")
            if tag.endswith("null"):
                return None
            if tag.endswith("merge"):
                return MERGE
            try:
                return _integer(text) if tag.endswith("int") else _float(text)
            except (ValueError, OverflowError):
                return text
    return text


def _integer(text: str) -> int | float:
    plain = text.replace("_", "")
    digits = plain.lstrip("+-")
    octal = re.fullmatch(r"0o?([0-7]+)", digits)
    number = int(octal[1], 8) if octal and digits != "0" else int(digits, 0)
    return whole(-number if plain.startswith("-") else number)


def whole(number: int) -> int | float:
    """Return an integer, or a float if it exceeds 64 bits, as in Go."""
    return number if -_INT64 <= number < _INT64 else float(number)


def as_sent(number: float) -> int | float:
    """Return a float as kubectl sends it: a whole one without a point, up to 21 digits."""
    return whole(int(number)) if number.is_integer() and abs(number) < _DIGITS else number


def _float(text: str) -> int | float:
    plain = text.replace("_", "").lower()
    if "n" in plain:  # .inf and .nan
        return float(plain.replace(".", ""))
    number = float(plain)
    if number in (inf, -inf):
        raise ValueError(f"{text} is out of range")
    return as_sent(number)


def key_text(key: object) -> str:
    """Return a key as text, as kubectl does."""
    if isinstance(key, bool):
        return str(key).lower()
    if isinstance(key, float) and key.is_integer() and abs(key) < _DIGITS:
        return str(int(key))
    return str(key)
