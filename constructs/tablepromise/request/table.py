"""Renders a request as an ACK Table.

Lists whose order has no meaning in the request are sorted, so that a new order does not change the
Table: ACK takes some new orders for a change. Fields that DynamoDB reports with a default are
always written, so that the request, Flux and ACK agree on their value.

Fields and types are those of the CRD `tables.dynamodb.services.k8s.aws` (ACK's DynamoDB controller
1.8 or later), which `tests/request/test_ack.py` compares. An unknown field would make Flux reject
the object, and stop every other request of the Destination.
"""

from typing import Any
from unicodedata import category

from tablepromise.request import ack, indexes, model, options
from tablepromise.request.exceptions import RequestRejected
from tablepromise.request.findings import missing
from tablepromise.request.indexes import Provisioned

REQUEST_LABEL = f"{model.GROUP}/request"
NAMESPACE_LABEL = f"{model.GROUP}/request-namespace"
PROMISE_LABEL = "kratix.io/promise-name"

Document = dict[str, Any]


def render(request: model.TableRequest) -> Document:
    """Return the Table for a request, with the request's name and namespace.

    Raises:
        RequestRejected: the request has no region; `admit` sets the target's default.
    """
    if not request.spec.region:
        raise RequestRejected(
            f"{request.namespace}/{request.name}", (missing("spec.region", {"type": "string"}),)
        )
    return {
        "apiVersion": ack.API_VERSION,
        "kind": ack.KIND,
        "metadata": {
            "name": request.name,
            "namespace": request.namespace,
            "labels": {
                PROMISE_LABEL: model.PROMISE,
                REQUEST_LABEL: request.name,
                NAMESPACE_LABEL: request.namespace,
            },
            "annotations": {
                ack.REGION: request.spec.region,
                ack.DELETION_POLICY: request.spec.deletion_policy.lower(),
            },
        },
        "spec": _spec(request.spec),
    }


def is_protected(spec: model.TableSpec) -> bool:
    """Return whether DynamoDB denies the deletion of the table."""
    if spec.deletion_protection is not None:
        return spec.deletion_protection
    return spec.deletion_policy == "Retain"


def unused_attributes(spec: model.TableSpec) -> list[str]:
    """Return the attributes that no key or index uses. DynamoDB rejects them: they are left out."""
    used = _used_attributes(spec)
    return [a.name for a in spec.attribute_definitions if a.name not in used]


def warnings(spec: model.TableSpec) -> list[str]:
    """Return a sentence for each setting that is legal but probably unintended.

    `kubectl apply` prints the same, by the policy in `platform/advice.py`.
    """
    found: list[str] = []
    if unused := unused_attributes(spec):
        found.append(
            f"no key or index uses attribute {', '.join(unused)}: it is left out of the table "
            "(items may have it all the same)"
        )
    if spec.billing_mode == "PROVISIONED" and spec.provisioned == Provisioned():
        found.append(
            "billingMode is PROVISIONED with 5 read and 5 write capacity units: DynamoDB throttles "
            "beyond 5 writes per second and bills the capacity of an idle table; with "
            "PAY_PER_REQUEST it does neither"
        )
    if tags := [tag.key for tag in spec.tags or () if _is_unusual(tag)]:
        found.append(
            f"tag {', '.join(tags)} has a character or prefix that AWS's documentation does not "
            "allow: letters, white space, digits and + - = . _ : / are allowed, and aws: as the "
            "beginning of a key is not, in any case of letters"
        )
    if spec.time_to_live and not spec.time_to_live.enabled:
        found.append(
            "timeToLive is off: remove timeToLive once the table has it off (within an hour), or "
            "ACK never reports the Table as ready again"
        )
    if spec.deletion_policy == "Delete":
        found.append(
            "deletionPolicy is Delete but deletionProtection is on: deleting the request leaves "
            "the table, and its Table object waits until protection is switched off"
            if is_protected(spec)
            else "deletionPolicy is Delete and deletionProtection is off: deleting the request "
            "deletes the table with its data"
        )
    return found


def _is_unusual(tag: options.Tag) -> bool:
    known = all(category(c)[0] in "LNZ" or c in "+-=._:/" for c in tag.key + tag.value)
    return not known or tag.key.lower().startswith("aws:")


def _used_attributes(spec: model.TableSpec) -> set[str]:
    keys = (
        spec.key_schema,
        *(index.key_schema for index in spec.global_secondary_indexes or ()),
        *(index.key_schema for index in spec.local_secondary_indexes or ()),
    )
    return {element.attribute_name for key in keys for element in key}


def _spec(spec: model.TableSpec) -> Document:
    used = _used_attributes(spec)
    ttl, stream = spec.time_to_live, spec.stream
    return _present(
        {
            "tableName": spec.name,
            "attributeDefinitions": [
                {"attributeName": attribute.name, "attributeType": attribute.type}
                for attribute in sorted(spec.attribute_definitions, key=lambda a: a.name)
                if attribute.name in used
            ],
            "keySchema": _key_schema(spec.key_schema),
            "billingMode": spec.billing_mode,
            "provisionedThroughput": _throughput(spec.provisioned),
            "onDemandThroughput": _on_demand(spec.on_demand),
            "globalSecondaryIndexes": [
                _present(
                    {
                        "indexName": index.index_name,
                        "keySchema": _key_schema(index.key_schema),
                        "projection": _projection(index.projection),
                        "provisionedThroughput": _throughput(spec.provisioned, index.provisioned),
                        "onDemandThroughput": _on_demand(index.on_demand),
                    }
                )
                for index in sorted(spec.global_secondary_indexes or (), key=lambda i: i.index_name)
            ],
            "localSecondaryIndexes": [
                {
                    "indexName": index.index_name,
                    "keySchema": _key_schema(index.key_schema),
                    "projection": _projection(index.projection),
                }
                for index in sorted(spec.local_secondary_indexes or (), key=lambda i: i.index_name)
            ],
            "streamSpecification": stream
            and {"streamEnabled": True, "streamViewType": stream.view_type},
            "timeToLive": ttl and {"attributeName": ttl.attribute_name, "enabled": ttl.enabled},
            "continuousBackups": {"pointInTimeRecoveryEnabled": spec.point_in_time_recovery},
            "sseSpecification": _encryption(spec.encryption),
            "tableClass": spec.table_class,
            "deletionProtectionEnabled": is_protected(spec),
            "contributorInsights": _contributor_insights(spec.contributor_insights),
            "tags": [
                {"key": tag.key, "value": tag.value}
                for tag in sorted(spec.tags or (), key=lambda tag: tag.key)
            ],
            "resourcePolicy": spec.resource_policy,
        }
    )


def _present(fields: Document) -> Document:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value not in (None, [])}


def _key_schema(key: tuple[indexes.KeyElement, ...]) -> list[Document]:
    return [{"attributeName": e.attribute_name, "keyType": e.key_type} for e in key]


def _projection(projection: indexes.Projection) -> Document:
    attributes = sorted(projection.non_key_attributes or ())
    fields = {"projectionType": projection.projection_type, "nonKeyAttributes": attributes}
    return _present(fields)


def _throughput(
    table: indexes.Provisioned | None, index: indexes.IndexCapacity | None = None
) -> Document | None:
    """Return the capacity of a table, or of an index; the table's values are the defaults."""
    if table is None:
        return None
    own = index or indexes.IndexCapacity()
    return {
        "readCapacityUnits": own.read_capacity or table.read_capacity,
        "writeCapacityUnits": own.write_capacity or table.write_capacity,
    }


def _on_demand(maximums: indexes.OnDemand | None) -> Document | None:
    if maximums is None:
        return None
    return {
        "maxReadRequestUnits": maximums.max_read_request_units,
        "maxWriteRequestUnits": maximums.max_write_request_units,
    }


def _encryption(encryption: options.Encryption) -> Document:
    # `enabled` is always written: the controller fails on a Table without it
    if encryption.type == "AWS_OWNED":
        return {"enabled": False}
    fields = {"enabled": True, "sseType": "KMS", "kmsMasterKeyID": encryption.kms_key_arn}
    return _present(fields)


def _contributor_insights(enabled: bool | None) -> str | None:
    """Return the value as DynamoDB reports it; Flux and ACK would revert any other by turns.

    None leaves the setting unmanaged, and saves ACK a second, slow reconcile of the table.
    """
    return None if enabled is None else "ENABLED" if enabled else "DISABLED"
