"""The script of the Composition: composes the provider's managed resources of a DynamoDBTable.

The Composition contains the text of this file, and function-python runs it at each reconcile of a
DynamoDBTable. So it imports the standard library only.
"""

from hashlib import sha256
from typing import Any

Object = dict[str, Any]

API_VERSION = "dynamodb.aws.m.upbound.io/v1beta1"
TABLE, POLICY, INSIGHTS = "table", "resource-policy", "contributor-insights"
LABEL = "crossplane.tablepromise.dev/table"
"""Label of every Table, with a hash of region and table name: a label's value is limited."""

READY, NOT_READY = 1, 2
"""As in the function's protocol."""

RETAIN_POLICIES = ["Observe", "Create", "Update"]
"""Management policies of a resource that is not to be deleted. Without LateInitialize: Crossplane
would revert, at each reconcile, the fields that the provider sets."""

RETRY_SECONDS = 10
"""Seconds until Crossplane reconciles again while another DynamoDBTable owns the table: no event
comes when the owner is deleted."""


def compose(req: Any, rsp: Any) -> None:
    """Fill `rsp` with the desired resources and status, from the observed ones in `req`."""
    xr = plain(req.observed.composite.resource)
    observed = {
        name: plain(req.observed.resources[name].resource) for name in req.observed.resources
    }
    spec, table = xr["spec"], observed.get(TABLE)
    owner_table = _owning_table(xr, table, _tables(req, rsp, _label(spec)))
    if owner_table is None:
        desired = managed_resources(spec, observed)
    else:
        # a Table that exists is never left out: Crossplane would delete it
        desired = {TABLE: _table(spec, ["Observe"])} if table is not None else {}
    for name, resource in desired.items():
        rsp.desired.resources[name].resource.update(resource)
        removed = name != TABLE and "Delete" in resource["spec"]["managementPolicies"]
        ready = removed or (owner_table is None and _is(observed.get(name), "Ready", "True"))
        rsp.desired.resources[name].ready = READY if ready else NOT_READY
    if owner_table is not None:
        rsp.desired.composite.ready = NOT_READY
        rsp.meta.ttl.seconds = RETRY_SECONDS
    status = _rejected(xr, owner_table) if owner_table else _status(spec, observed)
    rsp.desired.composite.resource.update({"status": status})


def managed_resources(spec: Object, observed: dict[str, Object]) -> dict[str, Object]:
    """Return the Table of a DynamoDBTable and, once it is ready, the resources beside it."""
    return {TABLE: _table(spec, _policies(spec)), **_resources_beside(spec, observed)}


def plain(value: Any) -> Any:
    """Return a protobuf Struct as Python's types. It has no integers: whole numbers become int."""
    if hasattr(value, "keys"):
        return {key: plain(value[key]) for key in value}
    if hasattr(value, "append"):
        return [plain(value[index]) for index in range(len(value))]
    return int(value) if isinstance(value, float) and value.is_integer() else value


# --- ownership of a table name --------------------------------------------------------------------


def _tables(req: Any, rsp: Any, label: str) -> list[Object]:
    """Return every Table in the cluster for the same table; empty until Crossplane lists them."""
    selector = rsp.requirements.resources["tables"]
    selector.api_version, selector.kind = API_VERSION, "Table"
    selector.match_labels.labels[LABEL] = label
    if "tables" not in req.required_resources:
        return []
    return [plain(item.resource) for item in req.required_resources["tables"].items]


def _owning_table(xr: Object, table: Object | None, tables: list[Object]) -> Object | None:
    """Return the Table by which another DynamoDBTable owns the table name, or None.

    The provider adopts an existing table. Without this check a second DynamoDBTable for the same
    table name would change, and later delete, the table of the first.
    """
    others = [other for other in tables if _owner(other).get("uid") != xr["metadata"].get("uid")]
    if not others:
        return None
    first = min([*others, table] if table else others, key=_age)
    return None if first is table else first


def _rejected(xr: Object, owner_table: Object) -> Object:
    """Return the status of a DynamoDBTable whose table name another one owns."""
    table_in = f"table {xr['spec']['name']} in {xr['spec']['region']}"
    ours, theirs, name = xr["metadata"], owner_table["metadata"], _owner(owner_table).get("name")
    of = f"{theirs['namespace']}/{name or theirs['name']}"
    # the earlier DynamoDBTable of this name is deleted; Crossplane deletes its Table next
    followed = (theirs["namespace"], name) == (ours["namespace"], ours["name"])
    if followed or "deletionTimestamp" in theirs:
        return {"message": f"waits, nothing was changed: {of} is being deleted and owns {table_in}"}
    return {
        "message": f"rejected for now, nothing was changed: {table_in} is already requested by "
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
    return [*RETAIN_POLICIES, "Delete"] if spec["deletionPolicy"] == "Delete" else RETAIN_POLICIES


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
        # the name also when it is off: the provider ignores a change that removes the name
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


def _resources_beside(spec: Object, observed: dict[str, Object]) -> dict[str, Object]:
    """Return the managed resources beside the Table: resource policy and Contributor Insights.

    They are created once the table is ready. Their policies do not allow Delete: when the
    DynamoDBTable is deleted, they stay or go with the table. A resource that is removed from the
    spec gets the Delete policy, and is left out at the next reconcile, which deletes it.
    """
    region, name = spec["region"], spec["name"]
    desired: dict[str, Object] = {}
    if "resourcePolicy" in spec:
        of_table = {"resourceArnSelector": {"matchControllerRef": True}}
        parameters = {"region": region, **of_table, "policy": spec["resourcePolicy"]}
        desired[POLICY] = _managed("ResourcePolicy", RETAIN_POLICIES, parameters)
    if spec.get("contributorInsights"):
        parameters = {"region": region, "tableName": name}
        desired[INSIGHTS] = _managed("ContributorInsights", RETAIN_POLICIES, parameters)
    ready = _is(observed.get(TABLE), "Ready", "True")
    beside = {name: resource for name, resource in desired.items() if ready or name in observed}
    removed = [POLICY] if "resourcePolicy" not in spec else []
    if spec.get("contributorInsights") is False:  # left out: unmanaged
        removed.append(INSIGHTS)
    for name in removed:
        if name in observed and "Delete" not in observed[name]["spec"]["managementPolicies"]:
            kind, parameters = observed[name]["kind"], observed[name]["spec"]["forProvider"]
            beside[name] = _managed(kind, [*RETAIN_POLICIES, "Delete"], parameters)
    return beside


# --- status ---------------------------------------------------------------------------------------


def _condition(resource: Object | None, kind: str) -> Object:
    for condition in (resource or {}).get("status", {}).get("conditions", []):
        if condition.get("type") == kind:
            return dict(condition)
    return {}


def _is(resource: Object | None, kind: str, status: str) -> bool:
    return _condition(resource, kind).get("status") == status


def _status(spec: Object, observed: dict[str, Object]) -> Object:
    table = observed.get(TABLE, {})
    errors = [
        _condition(resource, kind).get("message")
        for resource in (table, *observed.values())
        for kind in ("Synced", "LastAsyncOperation")
        if _is(resource, kind, "False")
    ]
    message = f"table {spec['name']} is on its way to {spec['region']}"
    if _is(table, "Ready", "True"):
        message = f"table {spec['name']} in {spec['region']} is ready"
    fields: Object = table.get("status", {}).get("atProvider", {})
    names = {"tableArn": "arn", "streamArn": "streamArn"}
    arns = {field: fields[name] for field, name in names.items() if fields.get(name)}
    return {"message": next(filter(None, errors), message), **arns}
