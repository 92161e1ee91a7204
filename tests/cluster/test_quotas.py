"""Quotas above AWS's defaults, on a real API server."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from api import CRDS, REQUESTS, ApiServer, refused_at, wait
from corpus import spec
from generated import request
from raised_quotas import ABOVE_THE_QUOTAS, AT_THE_QUOTAS, RAISED, indexes, on_demand

from tablepromise.dialects import crossplane
from tablepromise.request import Quotas, custom_resource_definition, validate
from tablepromise.request.limits import ATTRIBUTE_DEFINITIONS, GLOBAL_KEY_ATTRIBUTES
from tablepromise.request.quotas import MAXIMUM_QUOTAS, MOST_GLOBAL_INDEXES

pytestmark = pytest.mark.cluster


@contextmanager
def served(api: ApiServer, quotas: Quotas) -> Generator[None]:
    """Has the API server use the CRD of a target with these quotas meanwhile."""
    _serve(api, quotas)
    try:
        yield
    finally:
        _serve(api, Quotas())


def _serve(api: ApiServer, quotas: Quotas) -> None:
    crd = custom_resource_definition(quotas=quotas)
    path = f"{CRDS}/{crd['metadata']['name']}"
    body = {**crd, "metadata": api.send("GET", path)["metadata"]}
    assert api.send("PUT", path, body)["kind"] == "CustomResourceDefinition"
    most = request(spec(globalSecondaryIndexes=indexes(quotas.global_indexes)), "most")
    more = request(spec(globalSecondaryIndexes=indexes(quotas.global_indexes + 1)), "more")

    def is_served() -> bool:
        return not refused_at(created(api, most)) and bool(refused_at(created(api, more)))

    wait(is_served, "the CRD with the quotas")


def created(api: ApiServer, document: dict[str, Any]) -> dict[str, Any]:
    return api.send("POST", REQUESTS, document, dryRun="All")


def test_the_api_server_judges_by_the_targets_quotas(api: ApiServer) -> None:
    for name, at in AT_THE_QUOTAS.items():
        assert refused_at(created(api, request(at))), name
    with served(api, RAISED):
        for name, at in AT_THE_QUOTAS.items():
            assert refused_at(created(api, request(at))) == set(), name
        for path, above in ABOVE_THE_QUOTAS.items():
            answer = refused_at(created(api, request(above)))
            assert (
                answer
                == {f"spec.{path}"}
                == {f.path for f in validate(request(above), quotas=RAISED)}
            )


def largest() -> dict[str, Any]:
    """A spec with as many indexes and attributes in keys as there may be."""
    names = [f"a{number}" for number in range(ATTRIBUTE_DEFINITIONS)]
    kinds = ("HASH",) * GLOBAL_KEY_ATTRIBUTES + ("RANGE",) * GLOBAL_KEY_ATTRIBUTES
    return spec(
        attributeDefinitions=[{"name": name, "type": "S"} for name in names],
        keySchema=[{"attributeName": "a0", "keyType": "HASH"}],
        globalSecondaryIndexes=[
            {
                "indexName": f"gsi{number}",
                "keySchema": [
                    {
                        "attributeName": names[(number * len(kinds) + place) % len(names)],
                        "keyType": kind,
                    }
                    for place, kind in enumerate(kinds)
                ],
            }
            for number in range(MOST_GLOBAL_INDEXES)
        ],
    )


def test_the_largest_request_of_the_highest_quotas_is_within_the_cost_of_rules(
    api: ApiServer,
) -> None:
    document = request(largest(), "largest")
    path = f"{REQUESTS}/largest"
    with served(api, MAXIMUM_QUOTAS):
        answer = api.send("POST", REQUESTS, document)
        assert answer["kind"] == "DynamoDBRequest", answer
        try:
            answer["spec"]["pointInTimeRecovery"] = True  # rules about changes are evaluated too
            changed = api.send("PUT", path, answer)
            assert changed["kind"] == "DynamoDBRequest", changed
        finally:
            api.send("DELETE", path)
    assert validate(document, document, quotas=MAXIMUM_QUOTAS) == ()


def test_the_api_server_takes_crossplanes_schema_of_the_highest_quotas(api: ApiServer) -> None:
    """Crossplane makes a CRD of the XRD, with one rule more than a request's."""
    crd = custom_resource_definition(quotas=MAXIMUM_QUOTAS)
    [version] = crd["spec"]["versions"]
    spec_schema = crossplane.composite_spec_schema(quotas=MAXIMUM_QUOTAS)
    schema = version["schema"]["openAPIV3Schema"]
    schema = {**schema, "properties": {**schema["properties"], "spec": spec_schema}}
    names = {"plural": crossplane.PLURAL, "kind": crossplane.KIND, "singular": "dynamodbtable"}
    body = {
        **crd,
        "metadata": {"name": crossplane.NAME},
        "spec": {
            **crd["spec"],
            "group": crossplane.GROUP,
            "names": {**names, "listKind": f"{crossplane.KIND}List"},
            "versions": [{**version, "schema": {"openAPIV3Schema": schema}}],
        },
    }
    answer = api.send("POST", CRDS, body, dryRun="All")
    assert answer["kind"] == "CustomResourceDefinition", answer


def test_a_quota_that_is_lowered_leaves_requests_above_it(api: ApiServer) -> None:
    """They can be changed in other fields, and a change to more is rejected."""
    above = request(spec(globalSecondaryIndexes=indexes(24)), "above")
    with served(api, RAISED):
        stored = api.send("POST", REQUESTS, above)
        assert stored["kind"] == "DynamoDBRequest", stored
    try:
        stored["spec"]["pointInTimeRecovery"] = True
        stored = api.send("PUT", f"{REQUESTS}/above", stored)
        assert stored["kind"] == "DynamoDBRequest", stored
        stored["spec"]["globalSecondaryIndexes"] = indexes(23)
        answer = api.send("PUT", f"{REQUESTS}/above", stored)
        assert refused_at(answer) == {"spec.globalSecondaryIndexes"}
    finally:
        api.send("DELETE", f"{REQUESTS}/above")


def test_a_total_above_a_quota_that_is_lowered_is_lowered_with_the_next_change(
    api: ApiServer,
) -> None:
    total = request(AT_THE_QUOTAS["maximums in all"], "total")
    with served(api, RAISED):
        stored = api.send("POST", REQUESTS, total)
        assert stored["kind"] == "DynamoDBRequest", stored
    try:
        stored["metadata"]["labels"] = {"a": "b"}
        stored = api.send("PUT", f"{REQUESTS}/total", stored)
        assert stored["kind"] == "DynamoDBRequest", stored
        stored["spec"]["pointInTimeRecovery"] = True
        assert refused_at(api.send("PUT", f"{REQUESTS}/total", stored)) == {"spec.onDemand"}
        stored["spec"]["onDemand"] = on_demand(1, 1)
        stored["spec"]["globalSecondaryIndexes"][0]["onDemand"] = on_demand(1, 1)
        stored = api.send("PUT", f"{REQUESTS}/total", stored)
        assert stored["kind"] == "DynamoDBRequest", stored
    finally:
        api.send("DELETE", f"{REQUESTS}/total")
