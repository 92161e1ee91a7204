"""A table of that name exists in DynamoDB, and ACK does not manage it: whose it is, what to do."""

from tablepromise.diagnosis import operators
from tablepromise.diagnosis.live_object import LiveCondition, LiveObject, shorten
from tablepromise.diagnosis.reasons import Reason
from tablepromise.diagnosis.report import Problem
from tablepromise.diagnosis.request_context import RequestContext
from tablepromise.request import ack

FIELD_MANAGER = "tablepromise-adoption"
"""Of the annotation. Flux removes every field whose manager begins with `kubectl`."""


def name_conflict(context: RequestContext, live: LiveObject, terminal: LiveCondition) -> Problem:
    """Return what is known of the table: ACK's message is the same in every situation."""
    table = f"table {context.table_name} in {context.region}"
    instead = f"{context.kubectl('delete')}, and request another name"
    why = shorten(terminal.message)
    before = context.request.text("status", "syncedTable").partition("/")[0]
    if before and before != live.text("metadata", "uid"):
        return Problem(
            Reason.NAME_TAKEN,
            f"{table} is this request's: ACK managed it through an earlier Table object, which was "
            f"removed without ACK (uid {before})",
            why,
            f"the platform team has ACK adopt the table: {adopt(context, live)}",
        )
    region = f"--region {context.region}"
    arn = (
        f'"$(aws dynamodb describe-table --table-name {context.table_name} {region} '
        '--query Table.TableArn --output text)"'
    )
    return Problem(
        Reason.NAME_TAKEN,
        f"{table} exists, and ACK did not create it for this Table object: it may be of somebody "
        "else, or retained from an earlier request or from another cluster",
        why,
        f"if the table is of somebody else: {instead}; its tags tell whose it is "
        f"(services.k8s.aws/namespace, {ack.NAME_TAG}): aws dynamodb list-tags-of-resource "
        f"--resource-arn {arn} {region}; if it is yours, the platform team has ACK adopt it: "
        f"{adopt(context, live)}",
    )


def adopt(context: RequestContext, live: LiveObject) -> str:
    """Return the commands by which ACK adopts the table of a Table object.

    ACK reconciles no Table because of an annotation, but every Table when it starts.
    """
    annotate = (
        f"kubectl annotate --field-manager={FIELD_MANAGER} {live.target} "
        "services.k8s.aws/adoption-policy=adopt-or-create"
    )
    restarts = [
        f"kubectl rollout restart deployment/{controller.name} -n {controller.namespace}"
        for controller in operators.ack(context.cluster)
    ]
    return " && ".join((annotate, *(restarts or ["restart ACK's DynamoDB controller"])))
