"""Requests broken, and changed, by chance: the same seed makes the same requests."""

import copy
import random
from collections.abc import Callable, Iterator
from typing import Any, cast

from generated import LONG_NAMES, NAMES, REGIONS, Spec, index_key, key, legal, projection

Mutation = Callable[[random.Random, Spec], None]


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
    for step, child in (*_fields(value).items(), *enumerate(_items(value))):
        yield (*path, step)
        yield from _places(child, (*path, step))


def _parent(spec: Spec, path: tuple[Any, ...]) -> Any:
    node: Any = spec
    for step in path[:-1]:
        node = node[step]
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
    spec[field] = [item(number) for number in range(rng.choice([10, 13, 21, 51, 101, 201]))]


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


def _lengthen(rng: random.Random, spec: Spec) -> None:
    """One to nine attributes more in a key, of any kind, at any place, some of them twice."""
    fields = ("globalSecondaryIndexes", "localSecondaryIndexes")
    owners = [spec, *(_fields(index) for field in fields for index in _items(spec.get(field)))]
    owner = rng.choice([owner for owner in owners if _items(owner.get("keySchema"))] or [{}])
    elements = _items(owner.get("keySchema"))
    for name in rng.choices(NAMES, k=rng.randint(1, 9)):
        element = {"attributeName": name, "keyType": rng.choice(["HASH", "RANGE"])}
        elements.insert(rng.randint(0, len(elements)), element)


def _time_to_live(rng: random.Random, spec: Spec) -> None:
    name = rng.choice([*NAMES, *LONG_NAMES, "ä" * 128])
    spec["timeToLive"] = {"attributeName": name, "enabled": rng.random() < 0.7}


UNITS = (None, -1, 0, 1, 10, 40000, 40001)


def _units(rng: random.Random, part: Spec) -> None:
    """Sets capacity or maximums, for one side or both."""
    field, sides = rng.choice(
        [
            ("onDemand", ("maxReadRequestUnits", "maxWriteRequestUnits")),
            ("provisioned", ("readCapacity", "writeCapacity")),
        ]
    )
    chosen = {side: rng.choice(UNITS) for side in sides}
    part[field] = {side: units for side, units in chosen.items() if units is not None}


def _table_units(rng: random.Random, spec: Spec) -> None:
    _units(rng, spec)


def _index_units(rng: random.Random, spec: Spec) -> None:
    if indexes := [i for i in _items(spec.get("globalSecondaryIndexes")) if _fields(i)]:
        _units(rng, rng.choice(indexes))


def _long_name(rng: random.Random, spec: Spec) -> None:
    """Rename one attribute in all its uses, to a name of too many bytes or of just not too many."""
    attributes = [a for a in _items(spec.get("attributeDefinitions")) if _fields(a).get("name")]
    if attributes:
        old, new = rng.choice(attributes)["name"], rng.choice(["ä" * 127, "ä" * 128, "😀" * 64])
        for path in list(_places(spec)):
            if _parent(spec, path)[path[-1]] == old:
                _parent(spec, path)[path[-1]] = new


def _tags(rng: random.Random, spec: Spec) -> None:
    key = rng.choice(["a@b", "AWS:x", "aws:x", "services.k8s.aws/namespace", "größe", "#"])
    number = rng.choice([1, 44, 45, 46, 50])
    spec["tags"] = [{"key": key, "value": "#"}, *({"key": f"k{n}"} for n in range(number))]


def _key_of_region(rng: random.Random, spec: Spec) -> None:
    arn = f"arn:aws:kms:{rng.choice(REGIONS)}:123456789012:key/0a1b"
    spec["encryption"] = {"type": "KMS", "kmsKeyArn": arn}


def _policy(rng: random.Random, spec: Spec) -> None:
    spec["resourcePolicy"] = rng.choice(["{}", "{not json}", '{"Statement": [{}]}', "[]", ""])


def _empty_list(rng: random.Random, spec: Spec) -> None:
    field = rng.choice(["globalSecondaryIndexes", "localSecondaryIndexes", "tags"])
    if spec.get(field) == []:
        del spec[field]
    else:
        spec.setdefault(field, [])


MUTATIONS: tuple[Mutation, ...] = (
    *(_replace, _replace, _remove, _remove, _repeat, _reverse, _misspell),
    *(_swap_billing, _undefine, _many, _lengthen, _time_to_live),
    *(_table_units, _index_units, _long_name, _tags, _key_of_region, _policy, _empty_list),
)


# --- ways to change a request ---------------------------------------------------------------------


def _rename(_rng: random.Random, spec: Spec) -> None:
    spec["name"] = str(spec.get("name")) + "2"


def _move(rng: random.Random, spec: Spec) -> None:
    spec["region"] = rng.choice(REGIONS)


def _retype(rng: random.Random, spec: Spec) -> None:
    if attributes := [a for a in _items(spec.get("attributeDefinitions")) if _fields(a)]:
        rng.choice(attributes)["type"] = rng.choice("SNB")


def _rebill(_rng: random.Random, spec: Spec) -> None:
    """Another billing mode, with all that it asks for."""
    indexes = [index for index in _items(spec.get("globalSecondaryIndexes")) if _fields(index)]
    for part in (spec, *indexes):
        part.pop("provisioned", None)
        part.pop("onDemand", None)
    if spec.get("billingMode") == "PROVISIONED":
        spec["billingMode"] = "PAY_PER_REQUEST"
    else:
        spec |= {"billingMode": "PROVISIONED", "provisioned": {"readCapacity": 3}}


def _add_or_remove_index(rng: random.Random, spec: Spec) -> None:
    indexes = _items(spec.setdefault("globalSecondaryIndexes", []))
    names = [_fields(a).get("name") for a in _items(spec.get("attributeDefinitions"))]
    if indexes and rng.random() < 0.5:
        indexes.pop(rng.randrange(len(indexes)))
    elif names:
        element = {"attributeName": rng.choice(names), "keyType": "HASH"}
        indexes.append({"indexName": f"new{rng.randrange(9)}", "keySchema": [element]})


def _switch_time_to_live(rng: random.Random, spec: Spec) -> None:
    ttl = _fields(spec.get("timeToLive")) or {"attributeName": "expires"}
    spec["timeToLive"] = {
        "attributeName": rng.choice([ttl.get("attributeName"), "other"]),
        "enabled": rng.random() < 0.5,
    }


def _reindex(rng: random.Random, spec: Spec) -> None:
    attributes = map(_fields, _items(spec.get("attributeDefinitions")))
    names = [str(attribute.get("name")) for attribute in attributes]
    field = rng.choice(["globalSecondaryIndexes", "localSecondaryIndexes"])
    indexes = [index for index in _items(spec.get(field)) if _fields(index)]
    if indexes and len(names) > 1:
        keys = index_key if field == "globalSecondaryIndexes" else key
        change = rng.choice([{"keySchema": keys(rng, names)}, {"projection": projection(rng, 2)}])
        rng.choice(indexes).update(change)


def _toggle(rng: random.Random, spec: Spec) -> None:
    field, value = rng.choice(
        [
            ("stream", {"viewType": "NEW_IMAGE"}),
            ("timeToLive", {"attributeName": "expires"}),
            ("timeToLive", {"attributeName": "expires", "enabled": False}),
            ("onDemand", {"maxReadRequestUnits": 7, "maxWriteRequestUnits": 8}),
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
    *(_toggle, _toggle, _reverse, _undefine, _rebill, _rebill, _add_or_remove_index),
    *(_add_or_remove_index, _switch_time_to_live, _switch_time_to_live, _empty_list),
    *(_table_units, _index_units),
)
