"""Renders a request as an ACK Table: the one renderer, pure and stable.

Lists whose order means nothing in the request are sorted, so that reordering them changes no
Table: ACK's API refuses some reorderings as a change. Fields that DynamoDB would report back with
a default are always written, so that the controller, Flux and the request agree on one value.
"""

from typing import Any
from unicodedata import category

from tablepromise.request import ack, indexes, model, options
from tablepromise.request.exceptions import RequestRejected
from tablepromise.request.findings import missing
from tablepromise.request.indexes import Provisioned
from tablepromise.request.parts import plain

REQUEST_LABEL = f"{model.GROUP}/request"
NAMESPACE_LABEL = f"{model.GROUP}/request-namespace"
PROMISE_LABEL = "kratix.io/promise-name"


def render(request: model.TableRequest) -> dict[str, Any]:
    """The Table for `request`, as `kubectl apply` takes it.

    The Table has the request's own name and namespace, so two requests never share one.

    Raises:
        RequestRejected: the request has no region; `admit` sets the target's default.
    """
    if not request.spec.region:
        raise RequestRejected(f"{request.namespace}/{request.name}", (missing("spec.region"),))
    table = ack.Table(
        api_version=ack.API_VERSION,
        kind=ack.KIND,
        metadata=ack.ObjectMeta(
            name=request.name,
            namespace=request.namespace,
            labels={
                PROMISE_LABEL: model.PROMISE,
                REQUEST_LABEL: request.name,
                NAMESPACE_LABEL: request.namespace,
            },
            annotations={
                ack.REGION: request.spec.region,
                ack.DELETION_POLICY: request.spec.deletion_policy.lower(),
            },
        ),
        spec=_spec(request.spec),
    )
    return plain(table)


def is_protected(spec: model.TableSpec) -> bool:
    """Whether DynamoDB refuses to delete the table: on unless the request gives its data up."""
    if spec.deletion_protection is not None:
        return spec.deletion_protection
    return spec.deletion_policy == "Retain"


def unused_attributes(spec: model.TableSpec) -> list[str]:
    """Attributes that no key or index uses. DynamoDB refuses them, so they are left out."""
    used = _used_attributes(spec)
    return [a.name for a in spec.attribute_definitions if a.name not in used]


def warnings(spec: model.TableSpec) -> list[str]:
    """What is legal but probably not meant, a sentence each.

    `kubectl apply` says the same, by the policy in `platform/advice.py`.
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


def _spec(spec: model.TableSpec) -> ack.TableSpec:
    used = _used_attributes(spec)
    ttl = spec.time_to_live
    return ack.TableSpec(
        table_name=spec.name,
        attribute_definitions=tuple(
            ack.AttributeDefinition(attribute.name, attribute.type)
            for attribute in sorted(spec.attribute_definitions, key=lambda a: a.name)
            if attribute.name in used
        ),
        key_schema=_key_schema(spec.key_schema),
        billing_mode=spec.billing_mode,
        provisioned_throughput=_provisioned(spec.provisioned),
        on_demand_throughput=_on_demand(spec.on_demand),
        global_secondary_indexes=tuple(
            ack.GlobalSecondaryIndex(
                index.index_name,
                _key_schema(index.key_schema),
                _projection(index.projection),
                # an index of a provisioned table must have a capacity: the table's by default
                provisioned_throughput=_index_capacity(index.provisioned, spec.provisioned),
                on_demand_throughput=_on_demand(index.on_demand),
            )
            for index in sorted(spec.global_secondary_indexes or (), key=lambda i: i.index_name)
        ),
        local_secondary_indexes=tuple(
            ack.LocalSecondaryIndex(
                index.index_name, _key_schema(index.key_schema), _projection(index.projection)
            )
            for index in sorted(spec.local_secondary_indexes or (), key=lambda i: i.index_name)
        ),
        stream_specification=(
            ack.StreamSpecification(stream_enabled=True, stream_view_type=spec.stream.view_type)
            if spec.stream
            else None
        ),
        time_to_live=ack.TimeToLive(ttl.attribute_name, ttl.enabled) if ttl else None,
        continuous_backups=ack.PointInTimeRecovery(spec.point_in_time_recovery),
        sse_specification=_encryption(spec.encryption),
        table_class=spec.table_class,
        deletion_protection_enabled=is_protected(spec),
        contributor_insights=_contributor_insights(spec.contributor_insights),
        tags=tuple(ack.Tag(t.key, t.value) for t in sorted(spec.tags or (), key=lambda t: t.key)),
        resource_policy=spec.resource_policy,
    )


def _key_schema(key: tuple[indexes.KeyElement, ...]) -> tuple[ack.KeySchemaElement, ...]:
    return tuple(ack.KeySchemaElement(e.attribute_name, e.key_type) for e in key)


def _projection(projection: indexes.Projection) -> ack.Projection:
    return ack.Projection(
        projection.projection_type, tuple(sorted(projection.non_key_attributes or ()))
    )


def _provisioned(provisioned: indexes.Provisioned | None) -> ack.ProvisionedThroughput | None:
    if provisioned is None:
        return None
    return ack.ProvisionedThroughput(provisioned.read_capacity, provisioned.write_capacity)


def _index_capacity(
    own: indexes.IndexCapacity | None, table: indexes.Provisioned | None
) -> ack.ProvisionedThroughput | None:
    if own is None or table is None:
        return _provisioned(table)
    return ack.ProvisionedThroughput(
        own.read_capacity or table.read_capacity, own.write_capacity or table.write_capacity
    )


def _on_demand(on_demand: indexes.OnDemand | None) -> ack.OnDemandThroughput | None:
    if on_demand is None:
        return None
    return ack.OnDemandThroughput(
        on_demand.max_read_request_units, on_demand.max_write_request_units
    )


def _encryption(encryption: options.Encryption) -> ack.SSESpecification:
    # `enabled` is always explicit: the controller fails on a Table without it
    if encryption.type == "AWS_OWNED":
        return ack.SSESpecification(enabled=False)
    return ack.SSESpecification(
        enabled=True, sse_type=encryption.type, kms_master_key_id=encryption.kms_key_arn
    )


def _contributor_insights(enabled: bool | None) -> str | None:
    """What DynamoDB reports back: another spelling is corrected by Flux and ACK in turns, for ever.

    None leaves it unmanaged, which also spares every other table one of ACK's slow second looks.
    """
    return None if enabled is None else "ENABLED" if enabled else "DISABLED"
