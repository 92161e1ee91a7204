"""Legal requests made by chance: the same seed makes the same requests."""

import copy
import random
from collections.abc import Callable
from typing import Any

Spec = dict[str, Any]

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-south-1")
NAMES: tuple[str, ...] = ("id", "sk", "email", "created", "owner", "kind", "total", "größe")
LONG_NAMES = ("a" * 255, "ä" * 127)
"""Names of as many bytes as DynamoDB takes, or one less."""


def request(spec: object, name: str = "generated") -> dict[str, Any]:
    return {
        "apiVersion": "dynamodb.kratix.io/v1alpha1",
        "kind": "DynamoDBRequest",
        "metadata": {"name": name, "namespace": "default"},
        "spec": spec,
    }


def legal(rng: random.Random) -> Spec:
    """A spec that admission takes, with each optional field now and then."""
    names = rng.sample(NAMES, rng.randint(3, len(NAMES)))
    if rng.random() < 0.1:
        names.append(rng.choice(LONG_NAMES))
    spec: Spec = {
        "name": "".join(rng.choices("abcXYZ019._-", k=rng.choice([3, 8, 40, 255]))),
        "attributeDefinitions": [{"name": n, "type": rng.choice("SNB")} for n in names],
        "keySchema": key(rng, names),
    }
    if rng.random() < 0.7:
        spec["region"] = rng.choice(REGIONS)
    provisioned = rng.random() < 0.4
    if provisioned:
        spec |= {"billingMode": "PROVISIONED", "provisioned": _capacity(rng)}
    elif rng.random() < 0.3:
        spec["billingMode"] = "PAY_PER_REQUEST"
    if not provisioned and rng.random() < 0.3:
        spec["onDemand"] = _maximums(rng)
    if rng.random() < 0.5:
        spec["globalSecondaryIndexes"] = [
            _global_index(rng, names, f"gsi{number}", provisioned)
            for number in range(rng.choice([1, 1, 2, 3, 20]))
        ]
    if len(spec["keySchema"]) == 2 and rng.random() < 0.4:
        hash_name = spec["keySchema"][0]["attributeName"]
        spec["localSecondaryIndexes"] = [
            {
                "indexName": f"lsi{number}",
                "keySchema": [
                    {"attributeName": hash_name, "keyType": "HASH"},
                    {
                        "attributeName": rng.choice([n for n in names if n != hash_name]),
                        "keyType": "RANGE",
                    },
                ],
                "projection": projection(rng, most=3),
            }
            for number in range(rng.choice([1, 2, 5]))
        ]
    numbers = [a["name"] for a in spec["attributeDefinitions"] if a["type"] == "N"]
    optional: dict[str, Callable[[], object]] = {
        "timeToLive": lambda: {"attributeName": rng.choice([*numbers, "expires"])},
        "pointInTimeRecovery": lambda: rng.random() < 0.5,
        "stream": lambda: {"viewType": rng.choice(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"])},
        "encryption": lambda: rng.choice(
            [{}, {"type": "AWS_OWNED"}, {"type": "KMS"}, _own_key(spec.get("region", "us-west-2"))]
        ),
        "tableClass": lambda: rng.choice(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]),
        "deletionProtection": lambda: rng.random() < 0.5,
        "contributorInsights": lambda: rng.random() < 0.5,
        "tags": lambda: [
            {"key": f"tag{n}", "value": "x" * n} for n in range(rng.choice([0, 1, 5, 45]))
        ],
        "resourcePolicy": lambda: '{"Version": "2012-10-17", "Statement": [{}]}',
        "deletionPolicy": lambda: rng.choice(["Retain", "Delete"]),
    }
    for field, value in optional.items():
        if rng.random() < 0.25:
            spec[field] = value()
    return spec


# --- parts ----------------------------------------------------------------------------------------


def key(rng: random.Random, names: list[str]) -> list[dict[str, str]]:
    chosen = rng.sample(names, rng.choice([1, 2]))
    return [
        {"attributeName": name, "keyType": kind}
        for name, kind in zip(chosen, ("HASH", "RANGE"), strict=False)
    ]


def index_key(rng: random.Random, names: list[str]) -> list[dict[str, str]]:
    """The key of a global index; one of two has several attributes of a kind, where it can."""
    if rng.random() < 0.5:
        return key(rng, names)
    hashes = rng.randint(1, 4)
    chosen = rng.sample(names, min(len(names), hashes + rng.randint(0, 4)))
    return [
        {"attributeName": name, "keyType": "HASH" if number < hashes else "RANGE"}
        for number, name in enumerate(chosen)
    ]


def _capacity(rng: random.Random) -> dict[str, int]:
    return rng.choice(
        [
            {},
            {"readCapacity": 10, "writeCapacity": 5},
            {"readCapacity": 1},
            {"writeCapacity": 1500},
        ]
    )


def _own_key(region: str) -> dict[str, str]:
    return {"type": "KMS", "kmsKeyArn": f"arn:aws:kms:{region}:123456789012:key/0a1b"}


def _maximums(rng: random.Random) -> dict[str, int]:
    return {
        "maxReadRequestUnits": rng.choice([1, 100, 3000]),
        "maxWriteRequestUnits": rng.choice([1, 100, 3000]),
    }


def projection(rng: random.Random, most: int) -> dict[str, Any]:
    kind = rng.choice(["ALL", "KEYS_ONLY", "INCLUDE"])
    if kind != "INCLUDE":
        return {"projectionType": kind} if rng.random() < 0.8 else {}
    return {
        "projectionType": kind,
        "nonKeyAttributes": [
            *(f"extra{n}" for n in range(rng.randint(1, most - 1))),
            *rng.sample(LONG_NAMES, rng.choice([0, 0, 1])),
        ],
    }


def _global_index(
    rng: random.Random, names: list[str], name: str, provisioned: bool
) -> dict[str, Any]:
    index: dict[str, Any] = {"indexName": name, "keySchema": index_key(rng, names)}
    if rng.random() < 0.6:
        index["projection"] = projection(rng, most=4)
    if provisioned and rng.random() < 0.5:
        index["provisioned"] = _capacity(rng)
    if not provisioned and rng.random() < 0.2:
        index["onDemand"] = _maximums(rng)
    return index


def with_supported_keys(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy whose index keys have the first attribute of each kind only.

    DynamoDB Local 2.6.1 rejects keys of several attributes, which AWS has since November 2025 (and
    DynamoDB Local since 3.3.0): it judges the rest of such a request.
    """
    supported = copy.deepcopy(document)
    indexes: list[dict[str, Any]] = supported["spec"].get("globalSecondaryIndexes") or []
    for index in indexes:
        first = {element["keyType"]: element for element in reversed(index["keySchema"])}
        index["keySchema"] = [first[kind] for kind in ("HASH", "RANGE") if kind in first]
    return supported
