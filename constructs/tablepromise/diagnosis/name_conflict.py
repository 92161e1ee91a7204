"""The problem NameTaken: DynamoDB has a table of this name that ACK does not manage."""

from tablepromise.diagnosis import operators
from tablepromise.diagnosis.live_object import LiveCondition, LiveObject, shorten
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.request import ack

FIELD_MANAGER = "tablepromise-adoption"
"""Field manager of the annotation; Flux removes fields whose manager begins with `kubectl`."""


def name_conflict(context: RequestContext, live: LiveObject, terminal: LiveCondition) -> Problem:
    """Return the problem; ACK's message is the same whether the table is ours or not."""
    table = f"table {context.table_name} in {context.region}"
    instead = f"{context.kubectl('delete')}, and request another name"
    why = shorten(terminal.message)
    before = context.request.text("status", "syncedTable").partition("/")[0]
    if before and before != live.text("metadata", "uid"):
        return Problem(
            Reason.NAME_TAKEN,
            f"{table} belongs to this request: ACK managed it through an earlier Table object, "
            f"which was removed without ACK (uid {before})",
            why,
            f"platform team: adopt the table into ACK: {adopt(context, live)}",
        )
    region = f"--region {context.region}"
    arn = (
        f'"$(aws dynamodb describe-table --table-name {context.table_name} {region} '
        '--query Table.TableArn --output text)"'
    )
    return Problem(
        Reason.NAME_TAKEN,
        f"{table} exists already, and ACK did not create it for this Table object: it belongs to "
        "another owner, or was retained from an earlier request or another cluster",
        why,
        f"if the table belongs to another owner: {instead}; its tags name the owner "
        f"(services.k8s.aws/namespace, {ack.NAME_TAG}): aws dynamodb list-tags-of-resource "
        f"--resource-arn {arn} {region}; if it is yours, platform team: adopt the table into ACK: "
        f"{adopt(context, live)}",
    )


def adopt(context: RequestContext, live: LiveObject) -> str:
    """Return the commands that make ACK adopt the table of a Table object.

    ACK does not reconcile after a change of an annotation, but reconciles every Table at its start.
    """
    annotate = (
        f"kubectl annotate --field-manager={FIELD_MANAGER} {live.kubectl_name} "
        "services.k8s.aws/adoption-policy=adopt-or-create"
    )
    restarts = [
        f"kubectl rollout restart deployment/{controller.name} -n {controller.namespace}"
        for controller in operators.ack(context.cluster)
    ]
    return " && ".join((annotate, *(restarts or ["restart ACK's DynamoDB controller"])))
