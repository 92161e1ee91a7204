"""Rendered Tables, compared with the CRD of ACK's controller."""

import upstream
from conforms import problems
from corpus import spec
from generated import request
from mutations import specs

from tablepromise.request import admit, render, validate

CRD = "ack-dynamodb-tables.yaml"


def test_every_rendered_table_is_valid_by_the_crd(share: int) -> None:
    crd = upstream.schema(CRD)
    for document in map(request, specs(seed=8, count=400 // share)):
        if not validate(document):
            assert not list(problems(render(admit(document)), crd))


def test_a_table_that_is_not_valid_by_the_crd_is_found() -> None:
    table = render(admit(request(spec())))
    table["spec"] |= {"region": "us-east-1", "tableName": 5}
    table["spec"].pop("keySchema")
    assert sorted(problem.split(" ")[0] for problem in problems(table, upstream.schema(CRD))) == [
        *(".spec.keySchema", ".spec.region", ".spec.tableName"),
    ]
