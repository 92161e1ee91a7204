"""Changes of a request by hand, with the paths at which each is refused."""

from typing import Any

from corpus import BASE, CAPACITY, GSI, HASH, LSI, PROVISIONED, spec
from generated import request

Change = tuple[dict[str, Any], dict[str, Any], set[str]]


def change(*paths: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    return request(spec(**before)), request(spec(**after)), {f"spec.{path}" for path in paths}


_INCLUDE = {"projectionType": "INCLUDE", "nonKeyAttributes": ["x", "y"]}

CHANGES: dict[str, Change] = {
    "nothing": change(before={}, after={}),
    "name": change("name", before={}, after={"name": "other"}),
    "region": change("region", before={}, after={"region": "eu-west-1"}),
    "key": change("keySchema", before={}, after={"keySchema": [HASH]}),
    "billing mode": change(before={}, after=PROVISIONED),
    "type of a key attribute": change(
        "attributeDefinitions",
        before={},
        after={"attributeDefinitions": [{"name": "id", "type": "B"}, {"name": "at", "type": "N"}]},
    ),
    "type of an unused attribute": change(
        before={"keySchema": [HASH]},
        after={
            "keySchema": [HASH],
            "attributeDefinitions": [{"name": "id", "type": "S"}, {"name": "at", "type": "S"}],
        },
    ),
    "type of an index attribute": change(
        "attributeDefinitions",
        before={"keySchema": [HASH], "globalSecondaryIndexes": [GSI]},
        after={
            "keySchema": [HASH],
            "globalSecondaryIndexes": [GSI],
            "attributeDefinitions": [{"name": "id", "type": "S"}, {"name": "at", "type": "S"}],
        },
    ),
    "order of attributes": change(
        before={}, after={"attributeDefinitions": BASE["attributeDefinitions"][::-1]}
    ),
    "global index added": change(before={}, after={"globalSecondaryIndexes": [GSI]}),
    "global index removed": change(before={"globalSecondaryIndexes": [GSI]}, after={}),
    "key of a global index": change(
        "globalSecondaryIndexes[0].keySchema",
        before={"globalSecondaryIndexes": [GSI]},
        after={"globalSecondaryIndexes": [{**GSI, "keySchema": [HASH]}]},
    ),
    "projection of a global index": change(
        "globalSecondaryIndexes[1].projection",
        before={"globalSecondaryIndexes": [GSI, {**GSI, "indexName": "other"}]},
        after={
            "globalSecondaryIndexes": [
                {**GSI, "indexName": "other"},
                {**GSI, "projection": {"projectionType": "KEYS_ONLY"}},
            ]
        },
    ),
    "order of projected attributes": change(
        before={"globalSecondaryIndexes": [{**GSI, "projection": _INCLUDE}]},
        after={
            "globalSecondaryIndexes": [
                {**GSI, "projection": {**_INCLUDE, "nonKeyAttributes": ["y", "x"]}}
            ]
        },
    ),
    "capacity of a global index": change(
        before={"globalSecondaryIndexes": [GSI], **PROVISIONED},
        after={"globalSecondaryIndexes": [{**GSI, "provisioned": CAPACITY}], **PROVISIONED},
    ),
    "local index added": change(
        "localSecondaryIndexes", before={}, after={"localSecondaryIndexes": [LSI]}
    ),
    "local index removed": change(
        "localSecondaryIndexes", before={"localSecondaryIndexes": [LSI]}, after={}
    ),
    "order of local indexes": change(
        before={"localSecondaryIndexes": [LSI, {**LSI, "indexName": "other"}]},
        after={"localSecondaryIndexes": [{**LSI, "indexName": "other"}, LSI]},
    ),
    "time to live on": change(before={}, after={"timeToLive": {"attributeName": "at"}}),
    "time to live off": change(
        before={"timeToLive": {"attributeName": "at"}},
        after={"timeToLive": {"attributeName": "at", "enabled": False}},
    ),
    "time to live removed while on": change(
        "timeToLive", before={"timeToLive": {"attributeName": "at"}}, after={}
    ),
    "time to live removed when off": change(
        before={"timeToLive": {"attributeName": "at", "enabled": False}}, after={}
    ),
    "attribute of time to live": change(
        "timeToLive.attributeName",
        before={"timeToLive": {"attributeName": "at"}},
        after={"timeToLive": {"attributeName": "expires"}},
    ),
    "stream on": change(before={}, after={"stream": {}}),
    "stream off": change("stream", before={"stream": {}}, after={}),
    "view of a stream": change(
        "stream", before={"stream": {}}, after={"stream": {"viewType": "KEYS_ONLY"}}
    ),
    "maximums removed": change("onDemand", before={"onDemand": {}}, after={}),
    "maximums removed with PROVISIONED": change(before={"onDemand": {}}, after=PROVISIONED),
    "deletion policy": change(before={}, after={"deletionPolicy": "Delete"}),
    "tags": change(before={"tags": [{"key": "a"}]}, after={"tags": [{"key": "b"}]}),
}
