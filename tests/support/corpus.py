"""Requests by hand with the verdict that each deserves: the paths at which it is refused."""

from typing import Any

from generated import request

BASE: dict[str, Any] = {
    "name": "orders",
    "attributeDefinitions": [{"name": "id", "type": "S"}, {"name": "at", "type": "N"}],
    "keySchema": [
        {"attributeName": "id", "keyType": "HASH"},
        {"attributeName": "at", "keyType": "RANGE"},
    ],
}
HASH = {"attributeName": "id", "keyType": "HASH"}
RANGE = {"attributeName": "at", "keyType": "RANGE"}
GSI = {"indexName": "by-at", "keySchema": [{"attributeName": "at", "keyType": "HASH"}]}
LSI = {"indexName": "local", "keySchema": [HASH, RANGE]}
KEY = "arn:aws:kms:us-west-2:123456789012:key/0a1b2c3d"
CAPACITY = {"readCapacity": 1, "writeCapacity": 1}
MAXIMUMS = {"maxReadRequestUnits": 1, "maxWriteRequestUnits": 10}
_READ, _WRITE = MAXIMUMS
_MOST = dict.fromkeys(MAXIMUMS, 40000)
PROVISIONED = {"billingMode": "PROVISIONED", "provisioned": CAPACITY}
EIGHT = ("HASH",) * 4 + ("RANGE",) * 4
_DROP = object()

Case = tuple[dict[str, Any], set[str]]


def spec(**changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**BASE, **changes}.items() if value is not _DROP}


def good(**changes: Any) -> Case:
    return request(spec(**changes)), set()


def bad(*paths: str, **changes: Any) -> Case:
    return request(spec(**changes)), {f"spec.{path}" if path else "spec" for path in paths}


def composed(
    *kinds: str, names: tuple[str, ...] = (), number: int = 0
) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Attributes, and a global index with a key of them: one attribute for each of `kinds`."""
    names = names or tuple(f"k{number}_{n}" for n in range(len(kinds)))
    attributes = [{"name": name, "type": "S"} for name in dict.fromkeys(names)]
    key = [
        {"attributeName": name, "keyType": kind} for name, kind in zip(names, kinds, strict=True)
    ]
    return attributes, {"indexName": f"composed{number}", "keySchema": key}


def indexed(*kinds: str, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """The fields of a request with a global index whose key has `kinds`."""
    attributes, index = composed(*kinds, names=names)
    others = [attribute for attribute in attributes if attribute["name"] not in ("id", "at")]
    return {
        "attributeDefinitions": [*BASE["attributeDefinitions"], *others],
        "globalSecondaryIndexes": [index],
    }


def largest() -> dict[str, Any]:
    """The fields of a request whose keys use as many attributes as the keys of one table can."""
    indexes = [composed(*EIGHT, number=number) for number in range(20)]
    ranges = [{"attributeName": f"local{n}", "keyType": "RANGE"} for n in range(5)]
    return {
        "attributeDefinitions": [
            *BASE["attributeDefinitions"],
            *(attribute for attributes, _ in indexes for attribute in attributes),
            *({"name": key["attributeName"], "type": "S"} for key in ranges),
        ],
        "globalSecondaryIndexes": [index for _, index in indexes],
        "localSecondaryIndexes": [
            {"indexName": key["attributeName"], "keySchema": [HASH, key]} for key in ranges
        ],
    }


def projected(count: int, per_index: int = 20) -> list[dict[str, Any]]:
    """Global indexes that together project `count` attributes."""
    sizes = [per_index] * (count // per_index) + ([count % per_index] if count % per_index else [])
    return [
        {
            **GSI,
            "indexName": f"gsi{number}",
            "projection": {
                "projectionType": "INCLUDE",
                "nonKeyAttributes": [f"x{n}" for n in range(size)],
            },
        }
        for number, size in enumerate(sizes)
    ]


def envelope(*paths: str, **changes: Any) -> Case:
    return {**request(spec()), **changes}, set(paths)


def metadata(*paths: str, **changes: Any) -> Case:
    return {**request(spec()), "metadata": {"name": "a", "namespace": "default", **changes}}, {
        f"metadata.{path}" for path in paths
    }


CASES: dict[str, Case] = {
    # --- the seed's fields
    "least": good(),
    "name of 3": good(name="abc"),
    "name of 2": bad("name", name="ab"),
    "name of 255": good(name="a" * 255),
    "name of 256": bad("name", name="a" * 256),
    "name with every kind of character": good(name="aZ0_.-"),
    "name with a space": bad("name", name="my table"),
    "name with an umlaut": bad("name", name="größe"),
    "name with a newline at its end": bad("name", name="orders\n"),
    "name empty": bad("name", name=""),
    "name missing": bad("name", name=_DROP),
    "name null": bad("name", name=None),
    "name a number": bad("name", name=12345),
    **{
        f"region {region}": good(region=region)
        for region in (
            *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1"),
            *("ap-southeast-1", "ap-northeast-1", "ap-south-1"),
        )
    },
    "region null is the default": good(region=None),
    "region unknown": bad("region", region="invalid-region"),
    "region empty": bad("region", region=""),
    "region not offered": bad("region", region="eu-north-1"),
    "billing mode unknown": bad("billingMode", billingMode="ON_DEMAND"),
    "attributes missing": bad("attributeDefinitions", attributeDefinitions=_DROP),
    "attributes empty": bad("attributeDefinitions", "keySchema", attributeDefinitions=[]),
    "attribute without type": bad(
        "attributeDefinitions[0].type", attributeDefinitions=[{"name": "id"}]
    ),
    "attribute without name": bad(
        "attributeDefinitions[0].name", attributeDefinitions=[{"type": "S"}]
    ),
    "attribute of type false, a bare N": bad(
        "attributeDefinitions[0].type", attributeDefinitions=[{"name": "id", "type": False}]
    ),
    "attribute of type SS": bad(
        "attributeDefinitions[0].type", attributeDefinitions=[{"name": "id", "type": "SS"}]
    ),
    "attribute with an empty name": bad(
        "attributeDefinitions[2].name",
        attributeDefinitions=[*BASE["attributeDefinitions"], {"name": "", "type": "S"}],
    ),
    "attribute name of 254 bytes in UTF-8": good(
        attributeDefinitions=[*BASE["attributeDefinitions"], {"name": "ä" * 127, "type": "S"}]
    ),
    "attribute name of 256 bytes in UTF-8": bad(
        "attributeDefinitions[2].name",
        attributeDefinitions=[*BASE["attributeDefinitions"], {"name": "ä" * 128, "type": "S"}],
    ),
    "key of 256 bytes in UTF-8": bad(
        "attributeDefinitions[0].name",
        attributeDefinitions=[{"name": "ä" * 128, "type": "S"}],
        keySchema=[{"attributeName": "ä" * 128, "keyType": "HASH"}],
    ),
    "projected attribute of 256 bytes in UTF-8": bad(
        "globalSecondaryIndexes[0].projection.nonKeyAttributes",
        globalSecondaryIndexes=[
            {
                **GSI,
                "projection": {"projectionType": "INCLUDE", "nonKeyAttributes": ["x", "😀" * 64]},
            }
        ],
    ),
    "time to live on an attribute of 256 bytes in UTF-8": bad(
        "timeToLive.attributeName", timeToLive={"attributeName": "ä" * 128}
    ),
    "attribute name of 256": bad(
        "attributeDefinitions[2].name",
        attributeDefinitions=[*BASE["attributeDefinitions"], {"name": "a" * 256, "type": "S"}],
    ),
    "attribute twice": bad(
        "attributeDefinitions[2]",
        attributeDefinitions=[*BASE["attributeDefinitions"], {"name": "id", "type": "B"}],
    ),
    "attribute unused": good(
        attributeDefinitions=[*BASE["attributeDefinitions"], {"name": "email", "type": "S"}]
    ),
    "attribute with an unknown field": bad(
        "attributeDefinitions[0].attributeType",
        attributeDefinitions=[{"name": "id", "attributeType": "S"}],
    ),
    "attributes a mapping": bad("attributeDefinitions", attributeDefinitions={"id": "S"}),
    "201 attributes": bad(
        "attributeDefinitions",
        attributeDefinitions=[
            *BASE["attributeDefinitions"],
            *({"name": f"a{n}", "type": "S"} for n in range(199)),
        ],
    ),
    "key missing": bad("keySchema", keySchema=_DROP),
    "key empty": bad("keySchema", keySchema=[]),
    "key of three": bad("keySchema", keySchema=[HASH, RANGE, RANGE]),
    "key of HASH only": good(keySchema=[HASH]),
    "key of RANGE only": bad("keySchema", keySchema=[RANGE]),
    "key with RANGE first": bad("keySchema", keySchema=[RANGE, HASH]),
    "key with two HASH": bad("keySchema", keySchema=[HASH, {**RANGE, "keyType": "HASH"}]),
    "key with two RANGE": bad("keySchema", keySchema=[{**HASH, "keyType": "RANGE"}, RANGE]),
    "key with one attribute twice": bad(
        "keySchema", keySchema=[HASH, {"attributeName": "id", "keyType": "RANGE"}]
    ),
    "key attribute undefined": bad(
        "keySchema", keySchema=[{"attributeName": "orderId", "keyType": "HASH"}]
    ),
    "key type in small letters": bad(
        "keySchema[0].keyType", keySchema=[{"attributeName": "id", "keyType": "hash"}]
    ),
    "key element null": bad("keySchema[0]", keySchema=[None]),
    "key element empty": bad("keySchema[0].attributeName", "keySchema[0].keyType", keySchema=[{}]),
    "PROVISIONED with capacity": good(**PROVISIONED),
    "PROVISIONED with default capacity": good(billingMode="PROVISIONED", provisioned={}),
    "PROVISIONED with a whole float": good(
        billingMode="PROVISIONED", provisioned={"readCapacity": 5.0}
    ),
    "PROVISIONED without capacity": bad("billingMode", billingMode="PROVISIONED"),
    "PROVISIONED with null capacity": bad(
        "billingMode", billingMode="PROVISIONED", provisioned=None
    ),
    "capacity on demand": bad("provisioned", provisioned=CAPACITY),
    "capacity 0": bad(
        "provisioned.readCapacity", billingMode="PROVISIONED", provisioned={"readCapacity": 0}
    ),
    "capacity 40000": good(
        billingMode="PROVISIONED", provisioned={"readCapacity": 40000, "writeCapacity": 40000}
    ),
    "capacity 40001": bad(
        "provisioned.writeCapacity",
        billingMode="PROVISIONED",
        provisioned={"writeCapacity": 40001},
    ),
    "capacity a string": bad(
        "provisioned.readCapacity", billingMode="PROVISIONED", provisioned={"readCapacity": "5"}
    ),
    "capacity a fraction": bad(
        "provisioned.readCapacity", billingMode="PROVISIONED", provisioned={"readCapacity": 5.5}
    ),
    "capacity true": bad(
        "provisioned.readCapacity", billingMode="PROVISIONED", provisioned={"readCapacity": True}
    ),
    "capacity beyond 64 bits": bad(
        "provisioned.readCapacity", billingMode="PROVISIONED", provisioned={"readCapacity": 10**20}
    ),
    "capacity of table and index beyond the account": bad(
        "provisioned",
        billingMode="PROVISIONED",
        provisioned={"readCapacity": 40000},
        globalSecondaryIndexes=[GSI, {**GSI, "indexName": "other"}],
    ),
    # --- on-demand maximums
    "maximums": good(onDemand=MAXIMUMS),
    "maximums at the quota": good(
        onDemand={"maxReadRequestUnits": 40000, "maxWriteRequestUnits": 40000}
    ),
    "maximum for reads only": bad(
        "onDemand.maxWriteRequestUnits", onDemand={"maxReadRequestUnits": 10}
    ),
    "maximum for writes only": bad(
        "onDemand.maxReadRequestUnits", onDemand={"maxWriteRequestUnits": 10}
    ),
    "maximum null": bad(
        "onDemand.maxReadRequestUnits",
        onDemand={"maxReadRequestUnits": None, "maxWriteRequestUnits": 10},
    ),
    "no maximum": bad("onDemand.maxReadRequestUnits", "onDemand.maxWriteRequestUnits", onDemand={}),
    "maximum 0": bad("onDemand.maxReadRequestUnits", onDemand={**MAXIMUMS, _READ: 0}),
    "maximum -1": bad("onDemand.maxWriteRequestUnits", onDemand={**MAXIMUMS, _WRITE: -1}),
    "maximum above the quota": bad(
        "onDemand.maxWriteRequestUnits", onDemand={**MAXIMUMS, _WRITE: 40001}
    ),
    "maximums of table and index at the quota of the account": good(
        onDemand=_MOST, globalSecondaryIndexes=[{**GSI, "onDemand": _MOST}]
    ),
    "maximums of table and indexes beyond the account": bad(
        "onDemand",
        onDemand=_MOST,
        globalSecondaryIndexes=[
            {**GSI, "onDemand": _MOST},
            {**GSI, "indexName": "other", "onDemand": MAXIMUMS},
        ],
    ),
    "maximums with PROVISIONED": bad("onDemand", onDemand=MAXIMUMS, **PROVISIONED),
    # --- indexes
    "global index": good(globalSecondaryIndexes=[GSI]),
    "no global indexes": good(globalSecondaryIndexes=[]),
    "20 global indexes": good(
        globalSecondaryIndexes=[{**GSI, "indexName": f"gsi{n}"} for n in range(20)]
    ),
    "21 global indexes": bad(
        "globalSecondaryIndexes",
        globalSecondaryIndexes=[{**GSI, "indexName": f"gsi{n}"} for n in range(21)],
    ),
    "global index twice": bad("globalSecondaryIndexes[1]", globalSecondaryIndexes=[GSI, GSI]),
    "index name of 2": bad(
        "globalSecondaryIndexes[0].indexName",
        globalSecondaryIndexes=[{**GSI, "indexName": "ab"}],
    ),
    "index without key": bad(
        "globalSecondaryIndexes[0].keySchema", globalSecondaryIndexes=[{"indexName": "abc"}]
    ),
    "index key undefined": bad(
        "globalSecondaryIndexes",
        globalSecondaryIndexes=[
            {**GSI, "keySchema": [{"attributeName": "nope", "keyType": "HASH"}]}
        ],
    ),
    "index key with RANGE first": bad(
        "globalSecondaryIndexes[0].keySchema",
        globalSecondaryIndexes=[{**GSI, "keySchema": [RANGE, HASH]}],
    ),
    # --- keys of global indexes with several attributes
    "index key of 4 HASH and 4 RANGE": good(**indexed(*EIGHT)),
    "index key of 2 HASH": good(**indexed("HASH", "HASH")),
    "index key of 1 HASH and 4 RANGE": good(**indexed("HASH", *["RANGE"] * 4)),
    "index key with attributes of the table's key": good(
        **indexed("HASH", "HASH", "RANGE", names=("at", "city", "id"))
    ),
    "as many key attributes as a table can have": good(**largest()),
    "index key of 5 HASH": bad(
        "globalSecondaryIndexes[0].keySchema", **indexed(*["HASH"] * 5, "RANGE")
    ),
    "index key of 5 RANGE": bad(
        "globalSecondaryIndexes[0].keySchema", **indexed("HASH", *["RANGE"] * 5)
    ),
    "index key of 9": bad("globalSecondaryIndexes[0].keySchema", **indexed(*EIGHT, "RANGE")),
    "index key of RANGE only": bad(
        "globalSecondaryIndexes[0].keySchema", **indexed("RANGE", "RANGE")
    ),
    "index key of no attributes": bad("globalSecondaryIndexes[0].keySchema", **indexed()),
    "index key with HASH after RANGE": bad(
        "globalSecondaryIndexes[0].keySchema", **indexed("HASH", "RANGE", "HASH")
    ),
    **{
        f"index key with one attribute twice, {first} and {second}": bad(
            "globalSecondaryIndexes[0].keySchema",
            **indexed("HASH", *kinds, names=("a", *names)),
        )
        for first, second, kinds, names in (
            ("HASH", "HASH", ("HASH", "RANGE"), ("a", "b")),
            ("HASH", "RANGE", ("HASH", "RANGE"), ("b", "a")),
            ("RANGE", "RANGE", ("RANGE", "RANGE"), ("b", "b")),
        )
    },
    "index key whose last attribute is not defined": bad(
        "globalSecondaryIndexes",
        **{**indexed(*EIGHT), "attributeDefinitions": indexed(*EIGHT)["attributeDefinitions"][:-1]},
    ),
    "local index with two RANGE": bad(
        "localSecondaryIndexes[0].keySchema",
        attributeDefinitions=[*BASE["attributeDefinitions"], {"name": "city", "type": "S"}],
        localSecondaryIndexes=[
            {**LSI, "keySchema": [HASH, RANGE, {"attributeName": "city", "keyType": "RANGE"}]}
        ],
    ),
    "INCLUDE with attributes": good(globalSecondaryIndexes=projected(20)),
    "INCLUDE without attributes": bad(
        "globalSecondaryIndexes[0].projection",
        globalSecondaryIndexes=[{**GSI, "projection": {"projectionType": "INCLUDE"}}],
    ),
    "INCLUDE with no attributes": bad(
        "globalSecondaryIndexes[0].projection.nonKeyAttributes",
        globalSecondaryIndexes=[
            {**GSI, "projection": {"projectionType": "INCLUDE", "nonKeyAttributes": []}}
        ],
    ),
    "INCLUDE with 21 attributes": bad(
        "globalSecondaryIndexes[0].projection.nonKeyAttributes",
        globalSecondaryIndexes=projected(21, per_index=21),
    ),
    "INCLUDE with one attribute twice": bad(
        "globalSecondaryIndexes[0].projection.nonKeyAttributes[1]",
        globalSecondaryIndexes=[
            {**GSI, "projection": {"projectionType": "INCLUDE", "nonKeyAttributes": ["x", "x"]}}
        ],
    ),
    "ALL with attributes": bad(
        "globalSecondaryIndexes[0].projection.nonKeyAttributes",
        globalSecondaryIndexes=[{**GSI, "projection": {"nonKeyAttributes": ["x"]}}],
    ),
    "100 projected attributes": good(globalSecondaryIndexes=projected(100)),
    "101 projected attributes": bad("", globalSecondaryIndexes=projected(101)),
    "index capacity": good(globalSecondaryIndexes=[{**GSI, "provisioned": {}}], **PROVISIONED),
    "index capacity on demand": bad(
        "globalSecondaryIndexes", globalSecondaryIndexes=[{**GSI, "provisioned": {}}]
    ),
    "index capacity for one side": good(
        globalSecondaryIndexes=[{**GSI, "provisioned": {"readCapacity": 10}}], **PROVISIONED
    ),
    "index maximums": good(globalSecondaryIndexes=[{**GSI, "onDemand": MAXIMUMS}]),
    "index maximum for one side": bad(
        "globalSecondaryIndexes[0].onDemand.maxReadRequestUnits",
        globalSecondaryIndexes=[{**GSI, "onDemand": {"maxWriteRequestUnits": 10}}],
    ),
    "index maximum -1": bad(
        "globalSecondaryIndexes[0].onDemand.maxReadRequestUnits",
        globalSecondaryIndexes=[{**GSI, "onDemand": {**MAXIMUMS, "maxReadRequestUnits": -1}}],
    ),
    "index maximum above the quota": bad(
        "globalSecondaryIndexes[0].onDemand.maxReadRequestUnits",
        globalSecondaryIndexes=[{**GSI, "onDemand": {**MAXIMUMS, "maxReadRequestUnits": 40001}}],
    ),
    "index maximums with PROVISIONED": bad(
        "globalSecondaryIndexes",
        globalSecondaryIndexes=[{**GSI, "onDemand": MAXIMUMS}],
        **PROVISIONED,
    ),
    "local index": good(localSecondaryIndexes=[LSI]),
    "5 local indexes": good(
        localSecondaryIndexes=[{**LSI, "indexName": f"lsi{n}"} for n in range(5)]
    ),
    "6 local indexes": bad(
        "localSecondaryIndexes",
        localSecondaryIndexes=[{**LSI, "indexName": f"lsi{n}"} for n in range(6)],
    ),
    "local index without RANGE": bad(
        "localSecondaryIndexes[0].keySchema",
        localSecondaryIndexes=[{**LSI, "keySchema": [HASH]}],
    ),
    "local index without a key": bad(
        "",
        "localSecondaryIndexes[0].keySchema",
        localSecondaryIndexes=[{**LSI, "keySchema": []}],
    ),
    "local index on a table without RANGE": bad(
        "localSecondaryIndexes", keySchema=[HASH], localSecondaryIndexes=[LSI]
    ),
    "local index on another HASH": bad(
        "localSecondaryIndexes",
        localSecondaryIndexes=[
            {
                **LSI,
                "keySchema": [
                    {"attributeName": "at", "keyType": "HASH"},
                    {"attributeName": "id", "keyType": "RANGE"},
                ],
            }
        ],
    ),
    "local and global index of one name": bad(
        "localSecondaryIndexes",
        globalSecondaryIndexes=[{**GSI, "indexName": "same"}],
        localSecondaryIndexes=[{**LSI, "indexName": "same"}],
    ),
    # --- the rest
    "time to live": good(timeToLive={"attributeName": "at"}),
    "time to live on an undefined attribute": good(timeToLive={"attributeName": "expires"}),
    "time to live on a string": bad("timeToLive", timeToLive={"attributeName": "id"}),
    "time to live off at creation": bad(
        "timeToLive.enabled", timeToLive={"attributeName": "at", "enabled": False}
    ),
    "time to live without attribute": bad("timeToLive.attributeName", timeToLive={}),
    "stream": good(stream={}),
    "stream of an unknown view": bad("stream.viewType", stream={"viewType": "ALL"}),
    "encryption with KMS": good(encryption={"type": "KMS"}),
    "encryption with a key": good(encryption={"type": "KMS", "kmsKeyArn": KEY}),
    "encryption with a key of another region": bad(
        "encryption.kmsKeyArn", region="us-east-1", encryption={"type": "KMS", "kmsKeyArn": KEY}
    ),
    "encryption with a key alias": bad(
        "encryption.kmsKeyArn", encryption={"type": "KMS", "kmsKeyArn": "alias/mine"}
    ),
    "encryption with a key but not KMS": bad("encryption.kmsKeyArn", encryption={"kmsKeyArn": KEY}),
    "table class unknown": bad("tableClass", tableClass="GLACIER"),
    "45 tags": good(tags=[{"key": f"k{n}", "value": ""} for n in range(45)]),
    "46 tags, and 5 of ACK": bad("tags", tags=[{"key": f"k{n}"} for n in range(46)]),
    "tag twice": bad("tags[1]", tags=[{"key": "k"}, {"key": "k", "value": "v"}]),
    "tag twice beside a null": bad(
        "tags[1]", "tags[2]", tags=[{"key": "k"}, None, {"key": "k", "value": "v"}]
    ),
    "tag of AWS": bad("tags[0].key", tags=[{"key": "aws:x"}]),
    "tag of AWS in capitals": good(tags=[{"key": "AWS:x"}]),
    "tag value like a tag of AWS": good(tags=[{"key": "x", "value": "aws:x"}]),
    "tag with characters that only a document forbids": good(tags=[{"key": "a@b", "value": "#"}]),
    **{
        f"tag of ACK: {key}": bad("tags[0].key", tags=[{"key": key, "value": "mine"}])
        for key in (
            *("services.k8s.aws/controller-version", "services.k8s.aws/namespace"),
            *("services.k8s.aws/resource-name", "app.kubernetes.io/managed-by"),
            "kro.run/kro-version",
        )
    },
    "tag value of 257": bad("tags[0].value", tags=[{"key": "k", "value": "v" * 257}]),
    "tag value a bare yes": bad("tags[0].value", tags=[{"key": "k", "value": True}]),
    "resource policy": good(resourcePolicy='{"Version": "2012-10-17", "Statement": [{}]}\n'),
    "resource policy empty": bad("resourcePolicy", resourcePolicy="{}"),
    "resource policy without a statement": bad(
        "resourcePolicy", resourcePolicy='{"Version": "2012-10-17"}'
    ),
    "resource policy not JSON": bad("resourcePolicy", resourcePolicy="allow everything"),
    "resource policy after white space": good(
        resourcePolicy=' \t\r\n{"Version": "2012-10-17", "Statement": [{}]}'
    ),
    **{
        f"resource policy after U+{ord(space):04X}": bad(
            "resourcePolicy", resourcePolicy=f'{space}{{"Version": "2012-10-17"}}'
        )
        for space in "\v\x1c\x85\u00a0\u2003"  # spaces for Python, not for RE2
    },
    "name with digits of another script": bad("name", name="orders\u0663"),
    "name with a line end": bad("name", name="orders\n"),
    "deletion policy unknown": bad("deletionPolicy", deletionPolicy="Orphan"),
    "deletion protection a string": bad("deletionProtection", deletionProtection="true"),
    "field unknown": bad("replicas", replicas=2),
    "every null is the default": good(
        **dict.fromkeys(
            ("provisioned", "onDemand", "globalSecondaryIndexes", "tags", "stream", "encryption")
        )
    ),
    # --- around the spec
    "spec missing": (
        {key: value for key, value in request({}).items() if key != "spec"},
        {"spec"},
    ),
    "spec a list": envelope("spec", spec=[]),
    "spec empty": envelope("spec.name", "spec.attributeDefinitions", "spec.keySchema", spec={}),
    "field unknown beside spec": envelope("specs", specs={}),
    "name of the request with capitals": metadata("name", name="My-Table"),
    "name of the request with dots": metadata("name", name="a.b"),
    "name of the request like a Table of kro": metadata("name", name="orders.kro"),
    "name of the request that ends as Tables of kro once did": metadata(name="orders-kro"),
    "name of the request of 63": metadata(name="a" * 63),
    "name of the request of 64": metadata("name", name="a" * 64),
    "label": metadata(labels={"app.kubernetes.io/name": "x"}),
    "label a number": metadata("labels", labels={"team": 5}),
    "label null": metadata(labels={"team": None}),
    "finalizer": metadata(finalizers=["example.com/keep"]),
    "annotation": metadata(annotations={"Example.com/Note": "any text"}),
    "annotations of 256 KiB": metadata(annotations={"a": "x" * (2**18 - 3), "b": "y"}),
}

_FLOATS = {"maxReadRequestUnits": 5.0, "maxWriteRequestUnits": 5}
WHOLE_FLOATS: dict[str, Case] = {
    "capacity of a table without indexes": good(
        billingMode="PROVISIONED", provisioned={"readCapacity": 5.0}
    ),
    "capacity of a table with an index": bad(
        "",
        billingMode="PROVISIONED",
        provisioned={"readCapacity": 5.0},
        globalSecondaryIndexes=[GSI],
    ),
    "capacity of an index": bad(
        "", **PROVISIONED, globalSecondaryIndexes=[{**GSI, "provisioned": {"writeCapacity": 5.0}}]
    ),
    "capacity of a table and an index": bad(
        "",
        billingMode="PROVISIONED",
        provisioned={"readCapacity": 5.0},
        globalSecondaryIndexes=[{**GSI, "provisioned": {"readCapacity": 5.0}}],
    ),
    "maximums of a table": bad("", onDemand=_FLOATS),
    "maximums of an index": bad("", globalSecondaryIndexes=[{**GSI, "onDemand": _FLOATS}]),
    "maximums of a table and an index": bad(
        "", onDemand=_FLOATS, globalSecondaryIndexes=[{**GSI, "onDemand": _FLOATS}]
    ),
}
"""Floats that only a client sends that writes JSON itself. The API server takes each for a whole
number, but evaluates no rule over it."""
