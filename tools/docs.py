"""Generates pages of docs/: tables of facts that the code has."""

import json
from typing import Any

import msgspec

from tablepromise.diagnosis import Healing, Reason, Stages, Status
from tablepromise.diagnosis.reasons import WAITING
from tablepromise.request import spec_schema
from tablepromise.request.schema import walk
from tools.upstream import schemas

Schema = dict[str, Any]

UNSUPPORTED = {
    "sseSpecification.kmsMasterKeyRef": "a reference to another object of ACK's KMS controller",
    "tableReplicas": "global tables: a request is for one region",
}
"""Fields of the ACK Table that a request cannot set, and why."""


def fields_page() -> str:
    """Return docs/fields.md: every field of a request, from the model."""
    rows = [
        f"| `{path}` | {_type(node)} | {_default(node)} | {_limits(node)} | {node['description']} |"
        for path, node in walk(spec_schema())
        if path and not path.endswith("[]")
    ]
    rules = [
        f"| `{_field_of(rule, path)}` | {rule['message'].replace('; ', ' | ', 1)} |"
        for path, node in walk(spec_schema())
        for rule in node.get("x-kubernetes-validations", ())
    ]
    return "\n".join(
        [
            "# Fields of a DynamoDBRequest",
            "",
            "For developers who write a request. After reading this page you know every field with "
            "its type, default and limits, and the rules between fields.",
            "",
            "Generated from the model by `make generate`. Paths are below `spec`.",
            "",
            "Allowed values and default of `region` are those of a target in us-west-2. Each "
            "target has its own ([stacks/README.md](../stacks/README.md#regions)); `kubectl "
            "explain ddbr.spec.region` prints the values of yours. Maximums of capacity and of "
            "`onDemand`, and the number of `globalSecondaryIndexes`, are AWS's default quotas; a "
            "target may have higher ones ([stacks/README.md](../stacks/README.md#quotas)).",
            "",
            "| field | type | default | limits | description |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "## Rules",
            "",
            "The API server checks these rules at `kubectl apply`.",
            "",
            "| field | rule | fix |",
            "|---|---|---|",
            *dict.fromkeys(rules),
            "",
        ]
    )


def _field_of(rule: Schema, path: str) -> str:
    """Return the field that a rule on the node at `path` is about."""
    return (path + rule.get("fieldPath", "")).removeprefix(".") or "(spec)"


def ack_page() -> str:
    """Return docs/ack-table.md: every field of the ACK Table, and whether a request can set it."""
    [table] = schemas("ack-dynamodb-tables").values()
    spec: Schema = table["properties"]["spec"]
    rows: list[str] = []
    for path, _ in walk(spec):
        if not path or path.endswith("[]"):
            continue
        reason = next((why for field, why in UNSUPPORTED.items() if path.startswith(field)), "")
        rows.append(f"| `{path}` | {'no' if reason else 'yes'} | {reason} |")
    return "\n".join(
        [
            "# Fields of the ACK Table that a request supports",
            "",
            "For developers who look for a setting of DynamoDB or of ACK. After reading this page "
            "you know whether a request can set it, and if not, why.",
            "",
            "Generated from the CRD `tables.dynamodb.services.k8s.aws` by `make generate`.",
            "",
            "| field of the Table | supported | why not |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def status_page(page: str) -> str:
    """Return docs/status.md with its tables generated again."""
    stages = [row for row in _described(Stages) if "`generation`" not in row]
    reasons = [f"| `{one}` | {_ready(one)} | {_stalled(one)} | {one.meaning} |" for one in Reason]
    page = _rewritten(page, "fields", ("field", "what it is"), _described(Status))
    page = _rewritten(page, "stages", ("field", "when"), stages)
    page = _rewritten(page, "healing", ("field", "what it is"), _described(Healing))
    heads = ("reason", "`Ready`", "`Stalled`", "what it means")
    return _rewritten(page, "reasons", heads, reasons)


def _rewritten(page: str, name: str, heads: tuple[str, ...], rows: list[str]) -> str:
    """`page` with the table between a marker of that name and the next end."""
    begin, end = f"<!-- {name}: written by `make generate` -->\n", "<!-- end -->"
    before, found, rest = page.partition(begin)
    if not found or end not in rest:
        raise ValueError(f"docs/status.md has no lines {begin.strip()} and {end}")
    table = "".join(
        f"{row}\n" for row in (f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", *rows)
    )
    return before + begin + table + rest[rest.index(end) :]


def _described(kind: type[msgspec.Struct]) -> list[str]:
    _, components = msgspec.json.schema_components([kind], ref_template="{name}")
    fields: dict[str, Schema] = components[kind.__name__]["properties"]
    return [f"| `{name}` | {field['description']} |" for name, field in fields.items()]


def _ready(reason: Reason) -> str:
    other = {
        Reason.ACTIVE: "True",
        Reason.NOT_VISIBLE: "Unknown",
        Reason.TABLE_GONE: "False, and True once the table is there again",
    }
    return other.get(reason, "False")


def _stalled(reason: Reason) -> str:
    if reason in WAITING:
        return "when it takes too long"
    return {Reason.ACTIVE: "False", Reason.NOT_VISIBLE: "Unknown"}.get(reason, "True")


def _type(node: Schema) -> str:
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    return f"list of {_type(node['items'])}" if node["type"] == "array" else str(node["type"])


def _default(node: Schema) -> str:
    return f"`{json.dumps(node['default'])}`" if "default" in node else ""


def _limits(node: Schema) -> str:
    kinds = (("Length", "characters"), ("Items", "items"), ("imum", ""))
    stated: list[str] = []
    for suffix, unit in kinds:
        low, high = node.get(f"min{suffix}", 0), node.get(f"max{suffix}")
        if high is not None:
            stated.append(f"{low} to {high} {unit}".strip())
        elif low:
            stated.append(f"at least {low} {unit}".strip())
    if "pattern" in node:
        stated.append(f"matches `{node['pattern'].replace('|', chr(92) + '|')}`")
    return ", ".join(stated)
