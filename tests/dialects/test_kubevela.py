"""KubeVela's component, evaluated by CUE itself."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import upstream
from corpus import CASES
from cue import CueError, as_sent, export, run
from generated import legal, request

from tablepromise.dialects import kubevela
from tablepromise.request import admit, limits, load, spec_schema, stored_request
from tablepromise.request.regions import ALL_REGIONS
from tablepromise.request.schema_validation import apply_defaults, schema_findings, unknown_fields

EXAMPLES = Path(__file__).parents[2] / "examples"
DEFINITION = kubevela.component_definition()
TEMPLATE: str = DEFINITION["spec"]["schematic"]["cue"]["template"]
ANY = "context: {name: string, namespace: string}"
CONTEXT = {"name": "generated", "namespace": "default"}


def rendered(parameters: object, context: object = CONTEXT) -> dict[str, Any]:
    """What the template makes of `parameters`, put together as KubeVela does it."""
    text = f"{TEMPLATE}\nparameter: {as_sent(parameters)}\ncontext: {as_sent(context)}"
    output: dict[str, Any] = export(text, "output")
    return output


def application(properties: object, type: str = kubevela.COMPONENT) -> dict[str, Any]:
    component = {"name": "generated", "type": type, "properties": properties}
    return {"metadata": {"name": "app"}, "spec": {"components": [component]}}


# --- documents ------------------------------------------------------------------------------------


def test_the_file_is_cue_as_cue_writes_it() -> None:
    text = kubevela.definition_file()
    assert run("fmt", text=text) == text
    run("vet", "--concrete=false", text=f"{text}\n{ANY}")


def test_file_and_document_say_the_same() -> None:
    file = kubevela.definition_file()
    block = export(f"{file}\n{ANY}".replace('"aws-dynamodb-kratix": ', "block: "), "block")
    assert block.pop("type") == "component"
    [description] = DEFINITION["metadata"]["annotations"].values()
    assert block.pop("description") == description
    [(_, attributes)] = block.items()
    status = attributes["status"]
    attributes["status"] = {field: text.replace("\t", "    ") for field, text in status.items()}
    schematic = DEFINITION["spec"]["schematic"]
    assert attributes | {"schematic": schematic} == DEFINITION["spec"]
    imports, body = TEMPLATE.split("\n\n", 1)
    inner = "".join(f"    {line}\n" for line in body.splitlines())
    spaced = file.replace("\t", "    ")
    assert imports in spaced
    assert spaced.endswith(f"template: {{\n{inner}}}\n")


@pytest.mark.parametrize(
    ("file", "document"),
    [
        ("kubevela-componentdefinitions.yaml", DEFINITION),
        ("kubevela-applications.yaml", application({"name": "orders"})),
    ],
)
def test_kubevelas_own_schemas_know_every_field(file: str, document: dict[str, Any]) -> None:
    schema = upstream.schema(file)["properties"]["spec"]
    assert not list(unknown_fields(document["spec"], schema))
    assert not list(schema_findings(document["spec"], schema))


def test_only_our_components_become_requests() -> None:
    spec = legal(random.Random(1))  # noqa: S311  repeatable on purpose
    assert kubevela.created_requests(application(spec, "webservice")) == []
    [made] = kubevela.created_requests(application(spec, f"{kubevela.COMPONENT}@v2"))
    assert made == stored_request(request(spec), ALL_REGIONS)


# --- parameters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("file", [pytest.param(f, id=f.stem) for f in EXAMPLES.glob("requests/*")])
def test_an_example_becomes_what_admission_stores_of_it(file: Path) -> None:
    [document] = load(file.read_text())
    asks = kubevela.application(admit(document))
    [component] = asks["spec"]["components"]
    context = {"name": component["name"], "namespace": asks["metadata"]["namespace"]}
    assert rendered(component["properties"], context) == stored_request(document)
    assert kubevela.created_requests(asks) == [stored_request(document)]


def test_a_thousand_requests_are_what_is_worked_out_offline() -> None:
    rng = random.Random(20)  # noqa: S311  repeatable on purpose
    specs = [legal(rng) for _ in range(1000)]
    imports, body = TEMPLATE.split("\n\n", 1)
    text = (
        f"{imports}\n_template: {{context: _\n{body}}}\n"
        f"_specs: {as_sent(specs)}\n_context: {as_sent(CONTEXT)}\n"
        "made: [for spec in _specs {(_template & {parameter: spec, context: _context}).output}]"
    )
    for spec, made in zip(specs, export(text, "made"), strict=True):
        assert [made] == kubevela.created_requests(application(spec))
        assert made == stored_request(request(spec), ALL_REGIONS)


SPECS: dict[str, dict[str, Any]] = {
    name: document["spec"]
    for name, (document, paths) in CASES.items()
    if isinstance(document.get("spec"), dict)
    and all(path == "spec" or path.startswith("spec.") for path in paths)
}
BAD = {name for name in SPECS if CASES[name][1]}

LEFT_TO_ADMISSION = {
    *("attribute twice", "global index twice", "tag twice", "INCLUDE with one attribute twice"),
    *("key of RANGE only", "key with RANGE first", "key with two HASH", "key with two RANGE"),
    *("key with one attribute twice", "key attribute undefined", "time to live on a string"),
    *("PROVISIONED without capacity", "capacity on demand", "maximums with PROVISIONED"),
    *("capacity of table and index beyond the account", "tag of AWS"),
    "maximums of table and indexes beyond the account",
    *(f"tag of ACK: {key}" for key in limits.ACK_TAGS),
    *("attribute name of 256 bytes in UTF-8", "key of 256 bytes in UTF-8"),
    "projected attribute of 256 bytes in UTF-8",
    "time to live on an attribute of 256 bytes in UTF-8",
    *("time to live off at creation", "encryption with a key of another region"),
    *("index capacity on demand", "index maximums with PROVISIONED", "index key undefined"),
    *("index key with RANGE first", "local and global index of one name"),
    *("index key of 5 HASH", "index key of 5 RANGE", "index key of RANGE only"),
    *("index key whose last attribute is not defined", "index key with HASH after RANGE"),
    *(
        f"index key with one attribute twice, {kinds}"
        for kinds in ("HASH and HASH", "HASH and RANGE", "RANGE and RANGE")
    ),
    *("local index on a table without RANGE", "local index on another HASH"),
    *("ALL with attributes", "INCLUDE without attributes", "101 projected attributes"),
    "encryption with a key but not KMS",
    *(f"resource policy {form}" for form in ("empty", "not JSON", "without a statement")),
    *(
        f"resource policy after {space}"
        for space in ("U+000B", "U+001C", "U+0085", "U+00A0", "U+2003")
    ),
}
"""Cases that CUE takes and the API server refuses."""

NULLS = {"region null is the default", "every null is the default"}
"""Cases that the API server takes and CUE refuses: it does not drop a null."""


def test_cue_refuses_whatever_needs_neither_a_rule_nor_a_look_for_doubles() -> None:
    with ThreadPoolExecutor(4) as pool:
        verdicts = pool.map(_refuses, SPECS.values())
    refused = {name for name, verdict in zip(SPECS, verdicts, strict=True) if verdict}
    assert BAD - refused == LEFT_TO_ADMISSION
    assert refused - BAD == NULLS
    schema = spec_schema()
    assert {name for name in BAD if _fits(SPECS[name], schema)} == LEFT_TO_ADMISSION


def _refuses(spec: dict[str, Any]) -> bool:
    try:
        rendered(spec)
    except CueError:
        return True
    return False


def _fits(spec: dict[str, Any], schema: dict[str, Any]) -> bool:
    """Whether structure, types and limits are those of the schema."""
    findings = [
        *unknown_fields(spec, schema),
        *schema_findings(apply_defaults(spec, schema), schema),
    ]
    return not findings and "null" not in as_sent(spec)
