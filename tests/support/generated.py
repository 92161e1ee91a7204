"""Requests made by chance, legal ones and broken ones: the same seed makes the same requests."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any, cast

Spec = dict[str, Any]
Mutation = Callable[[random.Random, Spec], None]

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "ap-south-1")
NAMES: tuple[str, ...] = ("id", "sk", "email", "created", "owner", "kind", "total", "größe")


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
    spec: Spec = {
        "name": "".join(rng.choices("abcXYZ019._-", k=rng.choice([3, 8, 40, 255]))),
        "attributeDefinitions": [{"name": n, "type": rng.choice("SNB")} for n in names],
        "keySchema": _key(rng, names),
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
                "projection": _projection(rng, most=3),
            }
            for number in range(rng.choice([1, 2, 5]))
        ]
    numbers = [a["name"] for a in spec["attributeDefinitions"] if a["type"] == "N"]
    optional: dict[str, Callable[[], object]] = {
        "timeToLive": lambda: {"attributeName": rng.choice([*numbers, "expires"])},
        "pointInTimeRecovery": lambda: rng.random() < 0.5,
        "stream": lambda: {"viewType": rng.choice(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"])},
        "encryption": lambda: rng.choice([{}, {"type": "AWS_OWNED"}, {"type": "KMS"}]),
        "tableClass": lambda: rng.choice(["STANDARD", "STANDARD_INFREQUENT_ACCESS"]),
        "deletionProtection": lambda: rng.random() < 0.5,
        "contributorInsights": lambda: rng.random() < 0.5,
        "tags": lambda: [{"key": f"tag{n}", "value": "x" * n} for n in range(rng.randint(0, 5))],
        "resourcePolicy": lambda: '{"Version": "2012-10-17", "Statement": []}',
        "deletionPolicy": lambda: rng.choice(["Retain", "Delete"]),
    }
    for field, value in optional.items():
        if rng.random() < 0.25:
            spec[field] = value()
    return spec


def broken(rng: random.Random) -> Spec:
    """A legal spec with one to three mutations; some happen to leave it legal."""
    spec = legal(rng)
    for _ in range(rng.randint(1, 3)):
        rng.choice(MUTATIONS)(rng, spec)
    return spec


def specs(seed: int, count: int) -> Iterator[Spec]:
    """Half of them legal."""
    rng = random.Random(seed)  # noqa: S311  repeatable on purpose
    for number in range(count):
        yield legal(rng) if number % 2 else broken(rng)


def updates(seed: int, count: int) -> Iterator[tuple[Spec, Spec]]:
    """Pairs of a legal spec and what it is changed to."""
    rng = random.Random(seed)  # noqa: S311  repeatable on purpose
    for _ in range(count):
        old = legal(rng)
        new = copy.deepcopy(old)
        for _ in range(rng.randint(1, 2)):
            rng.choice([*CHANGES, *CHANGES, *MUTATIONS])(rng, new)
        yield old, new


# --- parts ----------------------------------------------------------------------------------------


def _key(rng: random.Random, names: list[str]) -> list[dict[str, str]]:
    chosen = rng.sample(names, rng.choice([1, 2]))
    return [
        {"attributeName": name, "keyType": kind}
        for name, kind in zip(chosen, ("HASH", "RANGE"), strict=False)
    ]


def _capacity(rng: random.Random) -> dict[str, int]:
    return rng.choice(
        [
            {},
            {"readCapacity": 10, "writeCapacity": 5},
            {"readCapacity": 1},
            {"writeCapacity": 3000},
        ]
    )


def _maximums(rng: random.Random) -> dict[str, int]:
    return rng.choice([{}, {"maxReadRequestUnits": 100}, {"maxWriteRequestUnits": -1}])


def _projection(rng: random.Random, most: int) -> dict[str, Any]:
    kind = rng.choice(["ALL", "KEYS_ONLY", "INCLUDE"])
    if kind != "INCLUDE":
        return {"projectionType": kind} if rng.random() < 0.8 else {}
    return {
        "projectionType": kind,
        "nonKeyAttributes": [f"extra{n}" for n in range(rng.randint(1, most))],
    }


def _global_index(
    rng: random.Random, names: list[str], name: str, provisioned: bool
) -> dict[str, Any]:
    index: dict[str, Any] = {"indexName": name, "keySchema": _key(rng, names)}
    if rng.random() < 0.6:
        index["projection"] = _projection(rng, most=4)
    if provisioned and rng.random() < 0.5:
        index["provisioned"] = _capacity(rng)
    if not provisioned and rng.random() < 0.2:
        index["onDemand"] = _maximums(rng)
    return index


# --- ways to break a spec -------------------------------------------------------------------------

JUNK: tuple[Any, ...] = (
    *(None, False, True, 0, 5, -1, 1.5, 5.0, 10**20, "", "x", "N", "a b", "x" * 300),
    *([], {}, [None], [{}], {"foo": 1}, ["a", "a"]),
)


def _items(value: Any) -> list[Any]:
    """`value` if it is a list, else an empty one."""
    return cast(list[Any], value) if isinstance(value, list) else []


def _fields(value: Any) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, child in (*_fields(value).items(), *enumerate(_items(value))):
        yield (*path, key)
        yield from _places(child, (*path, key))


def _parent(spec: Spec, path: tuple[Any, ...]) -> Any:
    node: Any = spec
    for key in path[:-1]:
        node = node[key]
    return node


def _replace(rng: random.Random, spec: Spec) -> None:
    path = rng.choice(list(_places(spec)) or [("name",)])
    _parent(spec, path)[path[-1]] = copy.deepcopy(rng.choice(JUNK))


def _remove(rng: random.Random, spec: Spec) -> None:
    if places := list(_places(spec)):
        path = rng.choice(places)
        del _parent(spec, path)[path[-1]]


def _repeat(rng: random.Random, spec: Spec) -> None:
    lists = [spec[field] for field in spec if isinstance(spec[field], list) and spec[field]]
    if lists:
        chosen = rng.choice(lists)
        chosen.append(copy.deepcopy(rng.choice(chosen)))


def _reverse(rng: random.Random, spec: Spec) -> None:
    lists = [spec[field] for field in spec if isinstance(spec[field], list)]
    if lists:
        rng.choice(lists).reverse()


def _misspell(rng: random.Random, spec: Spec) -> None:
    if spec:
        field = rng.choice(list(spec))
        spec[field + rng.choice(["s", "_", "X"])] = spec.pop(field)


def _swap_billing(_rng: random.Random, spec: Spec) -> None:
    other = {"PROVISIONED": "PAY_PER_REQUEST"}.get(str(spec.get("billingMode")), "PROVISIONED")
    spec["billingMode"] = other


def _undefine(rng: random.Random, spec: Spec) -> None:
    if attributes := _items(spec.get("attributeDefinitions")):
        attributes.pop(rng.randrange(len(attributes)))


def _many(rng: random.Random, spec: Spec) -> None:
    field, item = rng.choice([("attributeDefinitions", _attribute), ("tags", _tag), _MANY_INDEXES])
    spec[field] = [item(number) for number in range(rng.choice([10, 13, 21, 51, 101]))]


def _attribute(number: int) -> dict[str, Any]:
    return {"name": f"a{number}", "type": "S"}


def _tag(number: int) -> dict[str, Any]:
    return {"key": f"aws:{number}" if number % 9 == 0 else f"t{number}"}


def _index(number: int) -> dict[str, Any]:
    return {
        "indexName": f"many{number}",
        "keySchema": [{"attributeName": "id", "keyType": "HASH"}],
        "projection": {
            "projectionType": "INCLUDE",
            "nonKeyAttributes": [f"x{n}" for n in range(8)],
        },
    }


_MANY_INDEXES = ("globalSecondaryIndexes", _index)


def _time_to_live(rng: random.Random, spec: Spec) -> None:
    spec["timeToLive"] = {"attributeName": rng.choice(NAMES), "enabled": rng.random() < 0.7}


MUTATIONS: tuple[Mutation, ...] = (
    *(_replace, _replace, _remove, _remove, _repeat, _reverse, _misspell),
    *(_swap_billing, _undefine, _many, _time_to_live),
)


# --- ways to change a request ---------------------------------------------------------------------


def _rename(_rng: random.Random, spec: Spec) -> None:
    spec["name"] = str(spec.get("name")) + "2"


def _move(rng: random.Random, spec: Spec) -> None:
    spec["region"] = rng.choice(REGIONS)


def _retype(rng: random.Random, spec: Spec) -> None:
    if attributes := [a for a in _items(spec.get("attributeDefinitions")) if _fields(a)]:
        rng.choice(attributes)["type"] = rng.choice("SNB")


def _reindex(rng: random.Random, spec: Spec) -> None:
    attributes = map(_fields, _items(spec.get("attributeDefinitions")))
    names = [str(attribute.get("name")) for attribute in attributes]
    field = rng.choice(["globalSecondaryIndexes", "localSecondaryIndexes"])
    indexes = [index for index in _items(spec.get(field)) if _fields(index)]
    if indexes and len(names) > 1:
        change = rng.choice([{"keySchema": _key(rng, names)}, {"projection": _projection(rng, 2)}])
        rng.choice(indexes).update(change)


def _toggle(rng: random.Random, spec: Spec) -> None:
    field, value = rng.choice(
        [
            ("stream", {"viewType": "NEW_IMAGE"}),
            ("timeToLive", {"attributeName": "expires"}),
            ("timeToLive", {"attributeName": "expires", "enabled": False}),
            ("onDemand", {"maxReadRequestUnits": 7}),
            ("tags", [{"key": "team", "value": "b"}]),
            ("deletionProtection", False),
        ]
    )
    if field in spec and rng.random() < 0.5:
        del spec[field]
    else:
        spec[field] = value


CHANGES: tuple[Mutation, ...] = (
    *(_rename, _move, _retype, _retype, _reindex, _reindex),
    *(_toggle, _toggle, _reverse, _undefine),
)
