"""Service quotas of DynamoDB. AWS raises them for an account, so each target has its own."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from msgspec import Struct, structs, to_builtins

from tablepromise.request.exceptions import InvalidOption
from tablepromise.request.rules import Rule, validations

Schema = dict[str, Any]

SOURCE: Final = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
)
"""Source of the default quotas."""

MOST_UNITS: Final = 1_000_000_000
"""Highest quota of units. A limit of this project: AWS documents none."""

MOST_GLOBAL_INDEXES: Final = 50
"""Highest quota of global indexes. A limit of this project: a rule that compares all indexes with
each other takes 10,000 steps for 100 indexes, where the CEL library stops an evaluation."""


class QuotaError(InvalidOption):
    """A quota that a target cannot have.

    Attributes:
        name: of the quota, such as `tableReadUnits`.
        problem: in words.
        allowed: values, or names.
        fix: change to make; "" if `allowed` is enough.
    """

    def __init__(self, name: str, problem: str, allowed: str, fix: str = "") -> None:
        text = f"quotas.{name}: {problem}, allowed: {allowed}"
        super().__init__(f"{text}; {fix}" if fix else text)
        self.name = name
        self.problem = problem
        self.allowed = allowed
        self.fix = fix


class Quotas(Struct, frozen=True, rename="camel"):
    """Quotas of the AWS account of a target; the defaults are AWS's.

    Attributes:
        table_read_units: read capacity units, or read request units, of one table or index.
        table_write_units: write capacity units, or write request units, of one table or index.
        account_read_units: read units of a table with all its global indexes. AWS counts the
            provisioned tables of a region together.
        account_write_units: write units of a table with all its global indexes.
        global_indexes: global secondary indexes of one table.

    Raises:
        QuotaError: a quota is below AWS's default, above the highest quota, or lower for the
            account than for a table.
    """

    table_read_units: int = 40_000
    table_write_units: int = 40_000
    account_read_units: int = 80_000
    account_write_units: int = 80_000
    global_indexes: int = 20

    def __post_init__(self) -> None:
        for field in structs.fields(self):
            name, value = field.encode_name, getattr(self, field.name)
            least, why = cast(int, field.default), "AWS's default"
            table = getattr(self, field.name.replace("account", "table"))
            if name.startswith("account") and table > least:
                least, why = table, name.replace("account", "table")
            most = MOST_GLOBAL_INDEXES if name == "globalIndexes" else MOST_UNITS
            if type(value) is not int or not least <= value <= most:
                allowed = f"a whole number from {least} ({why}) to {most}"
                raise QuotaError(name, f"got {value!r}", allowed)

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "Quotas":
        """Return the quotas of a target, from some of them by name such as `tableReadUnits`.

        Raises:
            QuotaError: a name or a value is not allowed.
        """
        names = {field.encode_name: field.name for field in structs.fields(cls)}
        for name in values:
            if name not in names:
                raise QuotaError(name, "there is no such setting", ", ".join(names))
        return cls(**{names[name]: cast(int, value) for name, value in values.items()})


DEFAULT_QUOTAS: Final = Quotas()
"""AWS's default quotas, for use where no target is known."""

MAXIMUM_QUOTAS: Final = Quotas(MOST_UNITS, MOST_UNITS, MOST_UNITS, MOST_UNITS, MOST_GLOBAL_INDEXES)
"""The highest quotas, for requests that an API server has admitted: a request above a quota that
was lowered stays valid, because its table exists."""

QUOTA_OF: Final = {
    "readCapacity": "tableReadUnits",
    "writeCapacity": "tableWriteUnits",
    "maxReadRequestUnits": "tableReadUnits",
    "maxWriteRequestUnits": "tableWriteUnits",
    "globalSecondaryIndexes": "globalIndexes",
}
"""By field of a request: the quota that limits it."""


def quota_term(name: str, value: int) -> str:
    """Return `default quota` if the quota has AWS's default, else `quota`."""
    default = {field.encode_name: field.default for field in structs.fields(Quotas)}[name]
    return "default quota" if value == default else "quota"


def quota_fix(name: str) -> str:
    """Return the fix for a request above a quota."""
    return (
        "if AWS has raised the quota of the account, have the platform team set "
        f"`quotas.{name}` (offline: --quotas {name}=<number>)"
    )


def add_quotas(schema: Schema, quotas: Quotas) -> None:
    """Add the quotas of a target to the schema of a request's spec, as maximums and rules."""
    indexes = schema["properties"]["globalSecondaryIndexes"]
    indexes["maxItems"] = quotas.global_indexes
    for fields in (schema["properties"], indexes["items"]["properties"]):
        for part in ("provisioned", "onDemand"):
            for name, field in fields[part]["properties"].items():
                field["maximum"] = _value(quotas, QUOTA_OF[name])
                if part == "onDemand":
                    quota = quota_term(QUOTA_OF[name], field["maximum"])
                    text = f" The {quota} of a table, {field['maximum']}, is no limit."
                    field["description"] += text
    schema["x-kubernetes-validations"] += validations(*_rules(quotas))["x-kubernetes-validations"]


def _value(quotas: Quotas, name: str) -> int:
    values: dict[str, int] = to_builtins(quotas)
    return values[name]


def _rules(quotas: Quotas) -> Iterator[Rule]:
    for units, name in (
        ("readCapacity", "accountReadUnits"),
        ("writeCapacity", "accountWriteUnits"),
    ):
        most = _value(quotas, name)
        yield Rule(
            "!has(self.provisioned) || !has(self.globalSecondaryIndexes) || "
            f"self.provisioned.{units} + self.globalSecondaryIndexes.map(i, has(i.provisioned) "
            f"&& has(i.provisioned.{units}) ? i.provisioned.{units} : self.provisioned.{units})"
            f".sum() <= {most}",
            f"the {units} of a table and its global indexes is at most {most} in all "
            f"(the {quota_term(name, most)} of an account in a region)",
            f"lower {units} (an index without its own has the table's), or, {quota_fix(name)}",
            ".provisioned",
        )
    for units, name in (
        ("maxReadRequestUnits", "accountReadUnits"),
        ("maxWriteRequestUnits", "accountWriteUnits"),
    ):
        most = _value(quotas, name)
        yield Rule(
            f"(has(self.onDemand) ? self.onDemand.{units} : 0) + "
            "(has(self.globalSecondaryIndexes) ? self.globalSecondaryIndexes.map(i, "
            f"has(i.onDemand) ? i.onDemand.{units} : 0).sum() : 0) <= {most}",
            f"the {units} of a table and its global indexes is at most {most} in all "
            f"(the {quota_term(name, most)} of an account in a region)",
            f"lower {units}, or leave onDemand out of a new index, or, {quota_fix(name)}",
            ".onDemand",
        )
