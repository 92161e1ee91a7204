"""Reads and writes YAML as kubectl does, which is not as PyYAML does.

kubectl reads YAML 1.1 with Go's rules: a bare `N`, `y` or `off` is a boolean, a date or `12:30`
is text, a key may not come twice. What is written here is quoted wherever any of them would
read something other than the text meant.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from tablepromise.request.source_text import Fields, Items


class NotYAML(Exception):
    """The text is not YAML that kubectl would read.

    Attributes:
        source: where the text came from.
    """

    def __init__(self, source: str, reason: object) -> None:
        super().__init__(f"{source} is not valid YAML: {reason}")
        self.source = source


_HCL = re.compile(r'^\s*resource\s+"aws_dynamodb_table"', re.MULTILINE)
_HCL_REASON = "it is a Terraform configuration; write a DynamoDBRequest (docs/fields.md)"

_SCALARS = (
    (
        "tag:yaml.org,2002:bool",
        r"y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF",
        "yYnNtTfFoO",
    ),
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", "~nN\0"),
    (
        "tag:yaml.org,2002:int",
        r"[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+",
        "-+0123456789",
    ),
    (
        "tag:yaml.org,2002:float",
        r"[-+]?(?:[0-9][0-9_]*)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.[0-9_]+(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+0123456789.",
    ),
    ("tag:yaml.org,2002:merge", r"<<", "<"),
)


class _Loader(yaml.CSafeLoader):
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f'key "{key}" is set twice', node.start_mark
                )
        return super().construct_mapping(node, deep)


class _Dumper(yaml.CSafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        del data  # written out wherever it comes: kubectl reads anchors, people do not
        return True


_Loader.yaml_implicit_resolvers = {}  # PyYAML's own are dropped when reading, kept when writing
for _tag, _pattern, _first in _SCALARS:
    for _class in cast(tuple[Any, ...], (_Loader, _Dumper)):
        _class.add_implicit_resolver(
            _tag, re.compile(rf"^(?:{_pattern})$"), ["" if c == "\0" else c for c in _first]
        )


def _construct_bool(loader: _Loader, node: yaml.ScalarNode) -> bool:
    return str(loader.construct_scalar(node)).lower() in ("y", "yes", "true", "on")


def _construct_int(loader: _Loader, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node)).replace("_", "")
    digits = text.lstrip("+-")
    octal = re.fullmatch(r"0o?([0-7]+)", digits)
    number = int(octal[1], 8) if octal and digits != "0" else int(digits, 0)
    return -number if text.startswith("-") else number


def _construct_map(loader: _Loader, node: yaml.MappingNode) -> Iterator[Fields]:
    fields = Fields()
    yield fields
    fields.update(loader.construct_mapping(node))
    # construct_mapping has put what merge keys (<<) name into node.value
    values = {key.value: value for key, value in node.value}
    fields.sources = {key: value.value for key, value in values.items() if _is_no_text(value)}


def _construct_seq(loader: _Loader, node: yaml.SequenceNode) -> Iterator[Items]:
    items = Items()
    yield items
    items.extend(loader.construct_sequence(node))
    items.sources = {n: value.value for n, value in enumerate(node.value) if _is_no_text(value)}


def _construct_tagged(loader: _Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    """A value with a tag of its own, such as CloudFormation's `!Ref Name`: no request has one."""
    if isinstance(node, yaml.ScalarNode):
        return {f"!{tag}": loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {f"!{tag}": loader.construct_sequence(node, deep=True)}
    return {f"!{tag}": loader.construct_mapping(cast(yaml.MappingNode, node), deep=True)}


def _is_no_text(node: yaml.Node) -> bool:
    core = node.tag.startswith("tag:yaml.org,2002:") and node.tag != "tag:yaml.org,2002:str"
    return core and isinstance(node, yaml.ScalarNode)


def _represent_str(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # a file inside a file is read by people as it stands
    node: yaml.ScalarNode = cast(Any, dumper).represent_scalar("tag:yaml.org,2002:str", text)
    if "\n" in text:
        node.style = "|"
    return node


_Dumper.add_representer(str, _represent_str)
_Loader.add_constructor("tag:yaml.org,2002:bool", _construct_bool)
_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_map)
_Loader.add_constructor("tag:yaml.org,2002:seq", _construct_seq)
_Loader.add_multi_constructor("!", _construct_tagged)
_Dumper.add_representer(Fields, yaml.representer.SafeRepresenter.represent_dict)
_Dumper.add_representer(Items, yaml.representer.SafeRepresenter.represent_list)


def load(text: str, source: str = "the text") -> list[dict[str, Any]]:
    """Every document in `text`; empty ones are left out. They keep source text (`source_text`).

    Raises:
        NotYAML: it cannot be parsed, a key comes twice, or a document is not a mapping.
    """
    try:
        documents = list(yaml.load_all(text, _Loader))
    except (yaml.YAMLError, ValueError) as error:
        raise NotYAML(source, _HCL_REASON if _HCL.search(text) else error) from error
    for document in documents:
        if document is not None and not isinstance(document, dict):
            reason = f"a document is {type(document).__name__}, not a mapping"
            raise NotYAML(source, _HCL_REASON if _HCL.search(text) else reason)
    return [cast(dict[str, Any], document) for document in documents if document]


def dump(*documents: object) -> str:
    """`documents` as YAML, keys in their given order."""
    return yaml.dump_all(
        documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**16
    )
