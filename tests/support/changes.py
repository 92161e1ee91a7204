"""Changes of a request by hand, with the paths at which each is refused."""

from typing import Any

from corpus import (
    BASE,
    CAPACITY,
    EIGHT,
    GSI,
    HASH,
    KEY,
    LSI,
    MAXIMUMS,
    PROVISIONED,
    composed,
    indexed,
    largest,
    spec,
)
from generated import request

Change = tuple[dict[str, Any], dict[str, Any], set[str]]


def change(*paths: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    return request(spec(**before)), request(spec(**after)), {f"spec.{path}" for path in paths}


def keyed(*kinds: str, order: int = 1) -> dict[str, Any]:
    """The fields of a request with eight attributes more, and an index on those of `kinds`."""
    attributes = indexed(*EIGHT)["attributeDefinitions"]
    _, index = composed(*kinds)
    names = [key["attributeName"] for key in index["keySchema"]][::order]
    key = [
        {**key, "attributeName": name} for key, name in zip(index["keySchema"], names, strict=True)
    ]
    return {
        "attributeDefinitions": attributes,
        "globalSecondaryIndexes": [{**index, "keySchema": key}],
    }


UNUSED = [
    *largest()["attributeDefinitions"],
    *({"name": f"unused{n}", "type": "S"} for n in range(33)),
]
"""As many attributes as a request may define; 33 of them are in no key."""

_INCLUDE = {"projectionType": "INCLUDE", "nonKeyAttributes": ["x", "y"]}
_INDEX = {"globalSecondaryIndexes": [GSI]}
_INDEX_MAXIMUMS = {"globalSecondaryIndexes": [{**GSI, "onDemand": MAXIMUMS}]}
_OTHER = {**GSI, "indexName": "other"}
_ON = {"timeToLive": {"attributeName": "at"}}
_OFF = {"timeToLive": {"attributeName": "at", "enabled": False}}
_ON_OTHER = {"timeToLive": {"attributeName": "expires"}}
_OFF_OTHER = {"timeToLive": {"attributeName": "expires", "enabled": False}}

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
    **{
        f"key of a global index: {name}": change(
            "globalSecondaryIndexes[0].keySchema", before=keyed(*before), after=after
        )
        for name, before, after in (
            ("one HASH more", ("HASH",), keyed("HASH", "HASH")),
            ("one RANGE more", ("HASH", "RANGE"), keyed("HASH", "RANGE", "RANGE")),
            ("one RANGE less", ("HASH", "RANGE", "RANGE"), keyed("HASH", "RANGE")),
            ("order of HASH", ("HASH", "HASH"), keyed("HASH", "HASH", order=-1)),
            ("RANGE becomes HASH", ("HASH", "RANGE"), keyed("HASH", "HASH")),
        )
    },
    "type of the last attribute of an index key": change(
        "attributeDefinitions",
        before=keyed(*EIGHT),
        after={
            **keyed(*EIGHT),
            "attributeDefinitions": [
                *keyed(*EIGHT)["attributeDefinitions"][:-1],
                {"name": "k0_7", "type": "N"},
            ],
        },
    ),
    "type of the last attribute of the largest table": change(
        "attributeDefinitions",
        before=largest(),
        after={
            **largest(),
            "attributeDefinitions": [
                *largest()["attributeDefinitions"][:-1],
                {"name": "local4", "type": "N"},
            ],
        },
    ),
    "attributes of the largest table that no key uses": change(
        before=largest(), after={**largest(), "attributeDefinitions": UNUSED}
    ),
    "global index with eight key attributes added": change(before={}, after=indexed(*EIGHT)),
    "global index with eight key attributes removed": change(before=indexed(*EIGHT), after={}),
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
    "time to live removed when off": change(before=_OFF, after={}),
    "attribute of time to live": change("timeToLive.attributeName", before=_ON, after=_ON_OTHER),
    "time to live off and renamed": change(
        "timeToLive.attributeName", before=_ON, after=_OFF_OTHER
    ),
    "time to live renamed while off": change(
        "timeToLive.attributeName", before=_OFF, after=_OFF_OTHER
    ),
    "time to live on again, and renamed": change(before=_OFF, after=_ON_OTHER),
    "time to live off stays off": change(before=_OFF, after=_OFF),
    "time to live added while off": change("timeToLive.enabled", before={}, after=_OFF),
    "stream on": change(before={}, after={"stream": {}}),
    "stream off": change("stream", before={"stream": {}}, after={}),
    "view of a stream": change(
        "stream", before={"stream": {}}, after={"stream": {"viewType": "KEYS_ONLY"}}
    ),
    "maximums added": change(before={}, after={"onDemand": MAXIMUMS}),
    "maximums raised": change(
        before={"onDemand": MAXIMUMS}, after={"onDemand": {**MAXIMUMS, "maxReadRequestUnits": 9}}
    ),
    "maximums removed": change("onDemand", before={"onDemand": MAXIMUMS}, after={}),
    "maximums removed with PROVISIONED": change(before={"onDemand": MAXIMUMS}, after=PROVISIONED),
    "maximums of an index added": change(before=_INDEX, after=_INDEX_MAXIMUMS),
    "maximums of an index removed": change(
        "globalSecondaryIndexes", before=_INDEX_MAXIMUMS, after=_INDEX
    ),
    "maximums removed with their index": change(
        before=_INDEX_MAXIMUMS,
        after={"globalSecondaryIndexes": [{**GSI, "indexName": "other"}]},
    ),
    "maximums of the last index removed with it": change(before=_INDEX_MAXIMUMS, after={}),
    "maximums of an index removed with PROVISIONED": change(
        before=_INDEX_MAXIMUMS, after={**_INDEX, **PROVISIONED}
    ),
    "maximums of one of two indexes removed": change(
        "globalSecondaryIndexes",
        before={"globalSecondaryIndexes": [{**GSI, "onDemand": MAXIMUMS}, _OTHER]},
        after={"globalSecondaryIndexes": [GSI, {**_OTHER, "onDemand": MAXIMUMS}]},
    ),
    "PROVISIONED to PAY_PER_REQUEST with an index": change(
        "globalSecondaryIndexes", before={**_INDEX, **PROVISIONED}, after=_INDEX
    ),
    "PROVISIONED to PAY_PER_REQUEST with maximums of each index": change(
        before={**_INDEX, **PROVISIONED}, after=_INDEX_MAXIMUMS
    ),
    "PROVISIONED to PAY_PER_REQUEST with maximums of one of two indexes": change(
        "globalSecondaryIndexes",
        before={"globalSecondaryIndexes": [GSI, _OTHER], **PROVISIONED},
        after={"globalSecondaryIndexes": [{**GSI, "onDemand": MAXIMUMS}, _OTHER]},
    ),
    "PROVISIONED to PAY_PER_REQUEST without the index": change(
        before={**_INDEX, **PROVISIONED}, after={}
    ),
    "PROVISIONED to PAY_PER_REQUEST with another index": change(
        before={**_INDEX, **PROVISIONED}, after={"globalSecondaryIndexes": [_OTHER]}
    ),
    "PAY_PER_REQUEST to PROVISIONED with an index": change(
        before=_INDEX, after={**_INDEX, **PROVISIONED}
    ),
    **{
        f"empty list {field} added": change(before={}, after={field: []})
        for field in ("globalSecondaryIndexes", "localSecondaryIndexes", "tags")
    },
    **{
        f"empty list {field} removed": change(before={field: []}, after={})
        for field in ("globalSecondaryIndexes", "localSecondaryIndexes", "tags")
    },
    "local index added to an empty list": change(
        "localSecondaryIndexes",
        before={"localSecondaryIndexes": []},
        after={"localSecondaryIndexes": [LSI]},
    ),
    "local index removed, the list stays": change(
        "localSecondaryIndexes",
        before={"localSecondaryIndexes": [LSI]},
        after={"localSecondaryIndexes": []},
    ),
    "key of the table in another region": change(
        "encryption.kmsKeyArn",
        before={"encryption": {"type": "KMS"}},
        after={"encryption": {"type": "KMS", "kmsKeyArn": KEY.replace("us-west-2", "eu-west-1")}},
    ),
    "deletion policy": change(before={}, after={"deletionPolicy": "Delete"}),
    "tags": change(before={"tags": [{"key": "a"}]}, after={"tags": [{"key": "b"}]}),
}


def with_time_to_live_on(document: dict[str, Any]) -> dict[str, Any]:
    ttl = document["spec"].get("timeToLive")
    if not ttl:
        return document
    return {**document, "spec": {**document["spec"], "timeToLive": {**ttl, "enabled": True}}}
