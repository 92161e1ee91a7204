"""kro's policy, evaluated: it accepts and rejects what the CRD of requests does."""

import re
from functools import cache
from typing import Any

from cel_expr_python import cel
from changes import CHANGES
from corpus import CASES
from generated import request
from mutations import specs

from tablepromise.dialects import kro
from tablepromise.request import validate
from tablepromise.request.evaluation import list_functions
from tablepromise.request.schema_validation import apply_defaults

ORDER_COUNTS = {"order of local indexes", "order of projected attributes"}
"""Changes that the policy rejects and the CRD does not: to a policy a list is a list."""


@cache
def environment() -> cel.Env:
    return cel.NewEnv(
        config=cel.NewEnvConfigFromYaml("name: policy\nextensions:\n- name: optional\n"),
        variables=dict.fromkeys(("object", "oldObject", "variables"), cel.Type.DYN),
        extensions=[list_functions()],
    )


@cache
def compiled(expression: str) -> cel.Expression:
    return environment().compile(expression)


def rejections(new: dict[str, Any], old: dict[str, Any] | None = None) -> set[str]:
    """What the policy says of an instance with the spec of a request."""
    live = {
        "metadata": new["metadata"],
        "spec": apply_defaults(new["spec"], kro.instance_spec_schema()),
    }
    before = old and {
        "metadata": old["metadata"],
        "spec": apply_defaults(old["spec"], kro.instance_spec_schema()),
    }
    data = {"object": live, "oldObject": before, "variables": {"was": before and before["spec"]}}
    return {
        validation["message"].partition(": ")[2]
        for validation in kro.policy_validations()
        if compiled(validation["expression"]).eval(data=data).value() is not True
    }


def by_rules(new: dict[str, Any], old: dict[str, Any] | None = None) -> set[str] | None:
    """What the rules of the CRD say; None if another error is in the way."""
    findings = validate(new, old)
    if any(finding.problem != "breaks a rule" for finding in findings):
        return None
    return {f"{finding.allowed}; {finding.fix}" for finding in findings}


def test_every_verdict_is_that_of_the_crd() -> None:
    pairs: list[tuple[dict[str, Any], dict[str, Any] | None]] = [
        *((document, None) for document, _ in CASES.values()),
        *((new, old) for name, (old, new, _) in CHANGES.items() if name not in ORDER_COUNTS),
        *((request(spec), None) for spec in specs(seed=23, count=300)),
    ]
    compared, broken = 0, set[str]()
    for new, old in pairs:
        expected = by_rules(new, old)
        if expected is not None:
            assert rejections(new, old) == expected, (new, old)
            compared += 1
            broken |= expected
    assert compared > 150
    assert len(broken) > 25
    assert all(re.search(r"; \w", message) for message in broken)
