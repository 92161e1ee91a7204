"""Our types of the ACK Table, held against the CRD of the controller."""

from typing import Any

import msgspec
import pytest
import upstream
from corpus import spec
from generated import request
from mutations import specs

from tablepromise.request import ack, admit, judge, render


def test_every_field_is_in_the_crd_with_its_type() -> None:
    crd = upstream.schema("ack-dynamodb-tables.yaml")["properties"]["spec"]
    _, components = msgspec.json.schema_components([ack.TableSpec], ref_template="{name}")
    compare({"$ref": "TableSpec"}, crd, components, "spec")


def compare(ours: Any, theirs: Any, components: dict[str, Any], path: str) -> None:
    if "anyOf" in ours:
        [ours] = [option for option in ours["anyOf"] if option != {"type": "null"}]
    ours = components[ours["$ref"]] if "$ref" in ours else ours
    assert ours["type"] == theirs["type"], path
    if "items" in ours:
        compare(ours["items"], theirs["items"], components, f"{path}[]")
    for name, child in ours.get("properties", {}).items():
        assert name in theirs["properties"], f"{path}.{name}"
        compare(child, theirs["properties"][name], components, f"{path}.{name}")
    if "properties" in ours:
        assert set(theirs.get("required", ())) <= set(ours["required"]), path


def test_every_rendered_table_is_valid_by_the_crd() -> None:
    jsonschema = upstream.schema("ack-dynamodb-tables.yaml")
    for document in map(request, specs(seed=8, count=400)):
        if not judge(document):
            table = render(admit(document))
            assert not list(problems(table["spec"], jsonschema["properties"]["spec"], "spec"))


def problems(value: Any, schema: Any, path: str) -> Any:
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    if type(value) is not kinds[schema["type"]]:
        yield f"{path} is not {schema['type']}"
    elif isinstance(value, dict):
        yield from (f"{path}.{n} is missing" for n in schema.get("required", ()) if n not in value)
        for name, child in value.items():  # pyright: ignore[reportUnknownVariableType]
            if name not in schema["properties"]:
                yield f"{path}.{name} is unknown"
            else:
                yield from problems(child, schema["properties"][name], f"{path}.{name}")
    elif isinstance(value, list):
        for item in value:  # pyright: ignore[reportUnknownVariableType]
            yield from problems(item, schema["items"], f"{path}[]")


@pytest.mark.parametrize(
    ("field", "value"), [("region", "us-east-1"), ("tableName", 5), ("keySchema", {})]
)
def test_a_table_that_the_crd_would_refuse_is_refused(field: str, value: object) -> None:
    table = render(admit(request(spec())))
    table["spec"][field] = value
    with pytest.raises(msgspec.ValidationError, match="spec"):
        ack.check(table)
