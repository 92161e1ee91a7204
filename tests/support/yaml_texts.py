"""Texts in YAML and JSON, and what kubectl makes of the field `x` in them.

`tests/request/test_manifest.py` asks our reader, `tests/cluster/test_manifest.py` asks kubectl.
"""

from typing import Any

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
"""Three lines above each text that is not in JSON."""

BOMB = "".join(
    f"{name}: &{name} [{','.join([item] * 9)}]\n"
    for name, item in zip("abcdefghi", ["x", *(f"*{name}" for name in "abcdefgh")], strict=True)
)
"""Nine levels of nine aliases each: 559 bytes that stand for 387 million values."""


def _json(x: str) -> str:
    return f'{{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {{"name": "a"}}, "x": {x}}}'


def _utf16(text: str, order: str, mark: bytes) -> bytes:
    return mark + (HEAD + text).encode(f"utf-16-{order}")


READ: dict[str, tuple[str | bytes, Any]] = {
    "keys that are no text": (
        "x: {on: 1, 5: 2, 1.5: 3, 0x10: 4, 1e3: 5, 2001-01-01: 6}",
        {"true": 1, "5": 2, "1.5": 3, "16": 4, "1000": 5, "2001-01-01": 6},
    ),
    "a quoted key": ("x: {'on': 1, !!str off: 2}", {"on": 1, "off": 2}),
    "a key of an alias": ("y: &n name\nx: {*n : 1}", {"name": 1}),
    "a merge": ("y: &y {a: 1, b: 2}\nx: {<<: *y, a: 3}", {"a": 3, "b": 2}),
    "a merge below": ("y: &y {a: 1}\nx: {a: 3, <<: *y}", {"a": 1}),
    "a merge used twice": (
        "y: &y {a: 1}\nz: &z {<<: *y, a: 2}\nx: [{<<: *z, a: 3}, {<<: *z}, *z]",
        [{"a": 3}, {"a": 2}, {"a": 2}],
    ),
    "two merges": ("x: {<<: {a: 1}, <<: {a: 2, b: 3}}", {"a": 2, "b": 3}),
    "a list of merges": ("x: {<<: [{a: 1}, {a: 2, b: 3}]}", {"a": 1, "b": 3}),
    "<< as text": ("x: ['<<', <<, {'<<': 1}]", ["<<", "<<", {"<<": 1}]),
    "an anchor twice": ("x: [&a 1, &a 2, *a]", [1, 2, 2]),
    "tags": (
        "x: [!foo 1, !!foo 1, ! 1, !!str 1, !!int '5', !!float 3, !!bool 'y', !!null '']",
        ["1", "1", "1", "1", 5, 3, True, None],
    ),
    "tags of collections": (
        "x: [!foo {a: 1}, !!str [a], !!set {b}]",
        [{"a": 1}, ["a"], {"b": None}],
    ),
    "base64": ("x: !!binary b3JkZXJz", "orders"),
    "nearly numbers": (
        f"x: [0b_, 0x_, 1e, -, 08, 1__0, 0o8, 1., _1, +1, 0_7, 1e999, 1{'0' * 400}]",
        ["0b_", "0x_", "1e", "-", 8, 10, "0o8", 1, "_1", 1, 7, "1e999", "1" + "0" * 400],
    ),
    "long numbers": ("x: [99999999999999999999999, 9223372036854775807]", [1e23, 2**63 - 1]),
    "an alias 90 times": (
        f"y: &a [{','.join('x' * 1000)}]\nx: [{','.join(['*a'] * 90)}]",
        [["x"] * 1000] * 90,
    ),
    "Windows lines": ("x:\r\n- 1\r\n- 2\r\n", [1, 2]),
    "tabs between tokens": ("x:\t{\ta: 1}\t# c", {"a": 1}),
    "escaped control characters": (r'x: "a\0b\x07"', "a\0b\x07"),
    "a BOM": (b"\xef\xbb\xbf" + HEAD.encode() + b"x: 1", 1),
    "UTF-16, little": (_utf16("x: \u00e4", "le", b"\xff\xfe"), "\u00e4"),
    "UTF-16, big": (_utf16("x: \u00e4", "be", b"\xfe\xff"), "\u00e4"),
    "JSON": (
        _json(r'["a\/b", 1, 1.5, true, null, "\ud83d\ude00"]'),
        ["a/b", 1, 1.5, True, None, "\U0001f600"],
    ),
    "JSON, half of a pair": (_json(r'"a\ud83db\\ud83d"'), "a\ufffdb\\ud83d"),
    "JSON after a separator": (f"---\n{_json('1')}\n", 1),
    "JSON with a comma too many": (_json("[1,]"), [1]),
    "YAML that begins as JSON does": (
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, x: y}",
        True,
    ),
}
"""Name: the text, and the value of its `x`."""

REFUSED: dict[str, tuple[str | bytes, int, str, str]] = {
    "a list that does not end": ("x: [1", 4, "x[1]", "did not find expected ',' or ']'"),
    "5,000 lists": ("x: " + "[" * 5000, 4, "x[0][0]", "nested too deep"),
    "11,000 lists": ("x: " + "[" * 11000 + "]" * 11000, 4, "x[0][0]", "nested too deep"),
    "an alias inside itself": ("x: &t\n- a\n- *t", 6, "x[1]", "inside the value of its own anchor"),
    "a map inside itself": ("x: &t\n  a: *t", 5, "x.a", "inside the value of its own anchor"),
    "an alias without an anchor": ("x:\n  a: *t", 5, "x.a", "the alias *t has no anchor"),
    "an alias bomb": (BOMB, 7, "d[4]", "too much of the document is aliases"),
    "a key that is null": ("x:\n  ~: 1", 5, "x", "a key is null"),
    "a key that is a list": ("x: {[a]: 1}", 4, "x", "a key is a list"),
    "a key that is a map": ("x: {{a: b}: 1}", 4, "x", "a key is a map"),
    "a merge of text": ("x: {<<: a}", 4, "x", "<< merges a value that is no map"),
    "a merge of a list of text": ("x: {<<: [a]}", 4, "x", "<< merges a value that is no map"),
    "a tab": ("x:\n\ta: 1", 5, "x", "cannot start any token"),
    "NUL": ("x: a\0b", 4, "(document)", "a control character"),
    "a bell": ("x: a\n# \x07", 5, "(document)", "a control character"),
    "not a number": ("x: [.nan]", 4, "x[0]", "not a number that JSON has"),
    "infinity": ("x: [1, -.inf]", 4, "x[1]", "not a number that JSON has"),
    "a tag of another type": ("x: !!int foo", 4, "x", "not what its tag !!int says"),
    "bad base64": ("x: !!binary '?'", 4, "x", "not text in base64"),
    "text after the separator": ("x: 1\n--- {a: 1}", 5, "(document)", "text after the separator"),
    "a key of 2,000 characters": (
        f"{'k' * 2000}: 1",
        4,
        "(document)",
        "could not find expected ':'",
    ),
    "another version of YAML": ("%YAML 3.0\n---\n", 1, "(document)", "incompatible YAML document"),
    "UTF-16 without a mark": ((HEAD + "x: 1").encode("utf-16-le"), 1, "(document)", "control char"),
    "UTF-32": ((HEAD + "x: 1").encode("utf-32"), 1, "(document)", "a control character"),
    "a list": ("- a", 1, "(document)", "a document is a list, not a mapping"),
    "text": ("\ntext", 2, "(document)", "a document is text, not a mapping"),
    "a number": ("5", 1, "(document)", "a document is a number, not a mapping"),
}
"""Name: the text that kubectl refuses; line, field and problem of our error."""

STRICTER: dict[str, tuple[str | bytes, int, str, str]] = {
    "a key twice": ("x:\n  a: 1\n  a: 2", 6, "x", 'key "a" is set twice'),
    "a key in two forms": ("x:\n  on: 1\n  true: 2", 6, "x", 'key "true" is set twice'),
    "a key twice in JSON": (_json('{"a": 1, "a": 2}'), 1, "x", 'key "a" is set twice'),
    "Latin-1": ((HEAD + "x: \u00e4").encode("latin-1"), 4, "(document)", "not UTF-8"),
    "half of UTF-8": (HEAD.encode() + b"x: \xf0\x9f", 4, "(document)", "not UTF-8"),
    "text after the end": ("x: 1\n...\nx: 2", 5, "(document)", "kubectl ignores what follows"),
    "101 lists": ("x: " + "[" * 101 + "]" * 101, 4, "x[0][0]", "nested too deep"),
    "101 lists of JSON": (_json("[" * 101 + "]" * 101), 1, "x[0][0]", "nested too deep"),
}
"""As `REFUSED`, where kubectl loses what was written without a word, or has more patience."""

_WHOLE = {"a list", "text", "a number", "another version of YAML"}


def content(name: str) -> bytes:
    """Return the bytes of a text by its name."""
    text = {**READ, **REFUSED, **STRICTER}[name][0]
    if isinstance(text, bytes):
        return text
    whole = name in _WHOLE or text.lstrip("-\n").startswith("{")
    return (text if whole else HEAD + text).encode()
