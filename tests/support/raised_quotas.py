"""Quotas above AWS's defaults, and specs up to them and just above them."""

from typing import Any

from corpus import spec

from tablepromise.request import Quotas

RAISED = Quotas(
    table_read_units=100_000,
    table_write_units=60_000,
    account_read_units=200_000,
    account_write_units=90_000,
    global_indexes=24,
)


def indexes(number: int, **more: Any) -> list[dict[str, Any]]:
    key = [{"attributeName": "id", "keyType": "HASH"}]
    return [{"indexName": f"gsi{n}", "keySchema": key, **more} for n in range(number)]


def provisioned(read: int, write: int, **changes: Any) -> dict[str, Any]:
    capacity = {"readCapacity": read, "writeCapacity": write}
    return spec(billingMode="PROVISIONED", provisioned=capacity, **changes)


def on_demand(read: int, write: int) -> dict[str, Any]:
    return {"maxReadRequestUnits": read, "maxWriteRequestUnits": write}


CAPACITY = {"readCapacity": 100_000, "writeCapacity": 30_000}
AT_THE_QUOTAS = {
    "capacity of a table": provisioned(100_000, 60_000),
    "capacity of an index": provisioned(
        1, 1, globalSecondaryIndexes=indexes(1, provisioned=CAPACITY)
    ),
    "capacity in all": provisioned(
        100_000, 60_000, globalSecondaryIndexes=indexes(1, provisioned=CAPACITY)
    ),
    "maximums of a table": spec(onDemand=on_demand(100_000, 60_000)),
    "maximums of an index": spec(
        globalSecondaryIndexes=indexes(1, onDemand=on_demand(100_000, 60_000))
    ),
    "maximums in all": spec(
        onDemand=on_demand(100_000, 60_000),
        globalSecondaryIndexes=indexes(1, onDemand=on_demand(100_000, 30_000)),
    ),
    "indexes": spec(globalSecondaryIndexes=indexes(24)),
}
ABOVE_THE_QUOTAS = {
    "provisioned.readCapacity": provisioned(100_001, 1),
    "provisioned.writeCapacity": provisioned(1, 60_001),
    "onDemand.maxReadRequestUnits": spec(onDemand=on_demand(100_001, 1)),
    "onDemand.maxWriteRequestUnits": spec(onDemand=on_demand(1, 60_001)),
    "globalSecondaryIndexes": spec(globalSecondaryIndexes=indexes(25)),
    "globalSecondaryIndexes[0].provisioned.writeCapacity": provisioned(
        1, 1, globalSecondaryIndexes=indexes(1, provisioned={"writeCapacity": 60_001})
    ),
    "provisioned": provisioned(
        100_000, 1, globalSecondaryIndexes=indexes(2, provisioned={"readCapacity": 50_001})
    ),
    "onDemand": spec(
        onDemand=on_demand(1, 60_000),
        globalSecondaryIndexes=indexes(1, onDemand=on_demand(1, 30_001)),
    ),
}
