"""What the Composition runs: a DynamoDBTable in, the provider's managed resources out.

The text of this file is in the Composition, and function-python runs it as it stands on every look
at a DynamoDBTable. So it imports the standard library only. `offline` runs it without Crossplane.
"""

from hashlib import sha256
from typing import Any

Object = dict[str, Any]

API_VERSION = "dynamodb.aws.m.upbound.io/v1beta1"
TABLE, POLICY, INSIGHTS = "table", "resource-policy", "contributor-insights"
LABEL = "crossplane.tablepromise.dev/table"
"""On every Table: the same for the same table, and short enough for a label."""

READY, NOT_READY = 1, 2
"""As in the function's protocol."""

KEEP = ["Observe", "Create", "Update"]
"""What a managed resource may do while nothing of the table is to be deleted. Without
LateInitialize: Crossplane would take back, each time, what the provider fills in."""

SOON = 10
"""Seconds until the next look at a table that another has: nobody says when it is free."""


def compose(req: Any, rsp: Any) -> None:
    """Fills `rsp` with what should be there, given the DynamoDBTable and what is there."""
    xr = plain(req.observed.composite.resource)
    seen = {name: plain(req.observed.resources[name].resource) for name in req.observed.resources}
    spec, table = xr["spec"], seen.get(TABLE)
    holder = _holder(xr, table, _tables(req, rsp, _label(spec)))
    if holder is None:
        desired = managed_resources(spec, seen)
    else:
        # a Table that is there is never left out, which would delete it
        desired = {TABLE: _table(spec, ["Observe"])} if table is not None else {}
    for name, resource in desired.items():
        rsp.desired.resources[name].resource.update(resource)
        leaving = name != TABLE and "Delete" in resource["spec"]["managementPolicies"]
        ready = leaving or (holder is None and _is(seen.get(name), "Ready", "True"))
        rsp.desired.resources[name].ready = READY if ready else NOT_READY
    if holder is not None:
        rsp.desired.composite.ready = NOT_READY
        rsp.meta.ttl.seconds = SOON
    status = _refused(xr, holder) if holder else _status(spec, seen)
    rsp.desired.composite.resource.update({"status": status})


def managed_resources(spec: Object, observed: dict[str, Object]) -> dict[str, Object]:
    """The Table of a DynamoDBTable and, once it is ready, what goes beside it."""
    return {TABLE: _table(spec, _policies(spec)), **_parts(spec, observed)}


def plain(value: Any) -> Any:
    """A protobuf Struct as Python's own types. It has no integers: whole numbers become some."""
    if hasattr(value, "keys"):
        return {key: plain(value[key]) for key in value}
    if hasattr(value, "append"):
        return [plain(value[index]) for index in range(len(value))]
    return int(value) if isinstance(value, float) and value.is_integer() else value


# --- one table, one owner -------------------------------------------------------------------------


def _tables(req: Any, rsp: Any, label: str) -> list[Object]:
    """Every Table object in the cluster for the same table; empty until Crossplane has looked."""
    wanted = rsp.requirements.resources["tables"]
    wanted.api_version, wanted.kind = API_VERSION, "Table"
    wanted.match_labels.labels[LABEL] = label
    if "tables" not in req.required_resources:
        return []
    return [plain(item.resource) for item in req.required_resources["tables"].items]


def _holder(xr: Object, table: Object | None, tables: list[Object]) -> Object | None:
    """The Table object by which another DynamoDBTable has the table already, if one has.

    The provider takes over a table that exists, so without this a second DynamoDBTable of the same
    name would change, and in the end delete, the table of the first.
    """
    others = [other for other in tables if _owner(other).get("uid") != xr["metadata"].get("uid")]
    if not others:
        return None
    first = min([*others, table] if table else others, key=_age)
    return None if first is table else first


def _refused(xr: Object, holder: Object) -> Object:
    """Status of a DynamoDBTable whose table another one has."""
    table_in = f"table {xr['spec']['name']} in {xr['spec']['region']}"
    ours, theirs, name = xr["metadata"], holder["metadata"], _owner(holder).get("name")
    of = f"{theirs['namespace']}/{name or theirs['name']}"
    # who had our name is gone, and its Table follows a moment later
    followed = (theirs["namespace"], name) == (ours["namespace"], ours["name"])
    if followed or "deletionTimestamp" in theirs:
        return {"message": f"waits, nothing was changed: {table_in} is being let go by {of}"}
    return {
        "message": f"refused for now, nothing was changed: {table_in} is already requested by "
        f"{of}; choose another name, or delete that request"
    }


def _owner(table: Object) -> Object:
    for owner in table["metadata"].get("ownerReferences", []):
        if owner.get("controller"):
            return dict(owner)
    return {}


def _age(table: Object) -> tuple[str, str]:
    metadata = table["metadata"]
    return metadata.get("creationTimestamp", "9999"), metadata.get("uid", "")


# --- the managed resources ------------------------------------------------------------------------


def _managed(kind: str, policies: list[str], parameters: Object) -> Object:
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "spec": {
            "managementPolicies": policies,
            "providerConfigRef": {"kind": "ClusterProviderConfig", "name": "default"},
            "forProvider": parameters,
        },
    }


def _label(spec: Object) -> str:
    return sha256(f"{spec['region']}/{spec['name']}".encode()).hexdigest()[:40]


def _policies(spec: Object) -> list[str]:
    return [*KEEP, "Delete"] if spec["deletionPolicy"] == "Delete" else KEEP


def _table(spec: Object, policies: list[str]) -> Object:
    indexes = sorted(spec.get("globalSecondaryIndexes", []), key=lambda i: i["indexName"])
    local = sorted(spec.get("localSecondaryIndexes", []), key=lambda i: i["indexName"])
    keys = [spec["keySchema"], *(index["keySchema"] for index in (*indexes, *local))]
    used = {element["attributeName"] for key in keys for element in key}
    protected = spec.get("deletionProtection", spec["deletionPolicy"] == "Retain")
    parameters = {
        "region": spec["region"],
        "attribute": [
            {"name": attribute["name"], "type": attribute["type"]}
            for attribute in sorted(spec["attributeDefinitions"], key=lambda a: a["name"])
            if attribute["name"] in used
        ],
        **_key(spec["keySchema"]),
        "billingMode": spec["billingMode"],
        **_capacity(spec),
        **_maximums(spec),
        "tableClass": spec["tableClass"],
        "pointInTimeRecovery": {"enabled": spec["pointInTimeRecovery"]},
        "serverSideEncryption": _encryption(spec["encryption"]),
        "deletionProtectionEnabled": protected,
    }
    if indexes:
        parameters["globalSecondaryIndex"] = [
            {
                "name": index["indexName"],
                **_key(index["keySchema"]),
                **_projection(index["projection"]),
                # an index of a provisioned table must have a capacity: the table's by default
                **_capacity(spec),
                **index.get("provisioned", {}),
                **_maximums(index),
            }
            for index in indexes
        ]
    if local:
        parameters["localSecondaryIndex"] = [
            {
                "name": index["indexName"],
                "rangeKey": _key(index["keySchema"])["rangeKey"],
                **_projection(index["projection"]),
            }
            for index in local
        ]
    if "stream" in spec:
        parameters |= {"streamEnabled": True, "streamViewType": spec["stream"]["viewType"]}
    if "timeToLive" in spec:
        # with the name even when it is off: the provider overlooks a change that drops the name
        ttl = spec["timeToLive"]
        parameters["ttl"] = {"attributeName": ttl["attributeName"], "enabled": ttl["enabled"]}
    if spec.get("tags"):
        parameters["tags"] = {tag["key"]: tag["value"] for tag in spec["tags"]}
    table = _managed("Table", policies, parameters)
    annotations = {"crossplane.io/external-name": spec["name"]}
    return {**table, "metadata": {"labels": {LABEL: _label(spec)}, "annotations": annotations}}


def _key(elements: list[Object]) -> Object:
    fields = {"HASH": "hashKey", "RANGE": "rangeKey"}
    return {fields[element["keyType"]]: element["attributeName"] for element in elements}


def _projection(projection: Object) -> Object:
    others = sorted(projection.get("nonKeyAttributes", []))
    kind = {"projectionType": projection["projectionType"]}
    return {**kind, "nonKeyAttributes": others} if others else kind


def _capacity(of: Object) -> Object:
    units = of.get("provisioned")
    if units is None:
        return {}
    return {"readCapacity": units["readCapacity"], "writeCapacity": units["writeCapacity"]}


def _maximums(of: Object) -> Object:
    units = of.get("onDemand")
    if units is None:
        return {}
    names = ("maxReadRequestUnits", "maxWriteRequestUnits")
    return {"onDemandThroughput": {name: units[name] for name in names}}


def _encryption(encryption: Object) -> Object:
    if encryption["type"] == "AWS_OWNED":
        return {"enabled": False}
    key = encryption.get("kmsKeyArn")
    return {"enabled": True, "kmsKeyArn": key} if key else {"enabled": True}


def _parts(spec: Object, seen: dict[str, Object]) -> dict[str, Object]:
    """The resource policy and Contributor Insights: managed resources beside the Table.

    They wait for the table, and have no leave to delete: what becomes of a table when the
    DynamoDBTable goes becomes of them. Only what the DynamoDBTable itself takes back is deleted.
    """
    region, name = spec["region"], spec["name"]
    asked: dict[str, Object] = {}
    if "resourcePolicy" in spec:
        of_table = {"resourceArnSelector": {"matchControllerRef": True}}
        parameters = {"region": region, **of_table, "policy": spec["resourcePolicy"]}
        asked[POLICY] = _managed("ResourcePolicy", KEEP, parameters)
    if spec.get("contributorInsights"):
        parameters = {"region": region, "tableName": name}
        asked[INSIGHTS] = _managed("ContributorInsights", KEEP, parameters)
    there = _is(seen.get(TABLE), "Ready", "True")
    parts = {name: part for name, part in asked.items() if there or name in seen}
    taken_back = [POLICY] if "resourcePolicy" not in spec else []
    if spec.get("contributorInsights") is False:  # left out, nobody touches them
        taken_back.append(INSIGHTS)
    for name in taken_back:
        if name in seen and "Delete" not in seen[name]["spec"]["managementPolicies"]:
            part = seen[name]
            parts[name] = _managed(part["kind"], [*KEEP, "Delete"], part["spec"]["forProvider"])
    return parts


# --- what the developer sees ----------------------------------------------------------------------


def _condition(resource: Object | None, kind: str) -> Object:
    for condition in (resource or {}).get("status", {}).get("conditions", []):
        if condition.get("type") == kind:
            return dict(condition)
    return {}


def _is(resource: Object | None, kind: str, status: str) -> bool:
    return _condition(resource, kind).get("status") == status


def _status(spec: Object, seen: dict[str, Object]) -> Object:
    table = seen.get(TABLE, {})
    wrong = [
        _condition(resource, kind).get("message")
        for resource in (table, *seen.values())
        for kind in ("Synced", "LastAsyncOperation")
        if _is(resource, kind, "False")
    ]
    message = f"table {spec['name']} is on its way to {spec['region']}"
    if _is(table, "Ready", "True"):
        message = f"table {spec['name']} in {spec['region']} is ready"
    observed: Object = table.get("status", {}).get("atProvider", {})
    names = {"tableArn": "arn", "streamArn": "streamArn"}
    arns = {field: observed[name] for field, name in names.items() if observed.get(name)}
    return {"message": next(filter(None, wrong), message), **arns}
