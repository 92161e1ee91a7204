"""What machines do to a platform, and what becomes of the tables: nothing; and what is said
of it meanwhile, in test_status.py."""

import pytest
from api import kubectl, wait
from faults import ACK, KRATIX_MANAGER, KUSTOMIZE, SOURCE, STORE, deployment, store
from installed import NAMESPACE, SLOWEST, Platform, is_synced, restart
from orders import Requests, apply, order

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("disruption")]


OPERATORS = {
    "Kratix": KRATIX_MANAGER,
    "source-controller": SOURCE,
    "kustomize-controller": KUSTOMIZE,
    "ACK": ACK,
    "state store": STORE,
}


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_restart_loses_nothing(
    platform: Platform, examples: Requests, tables: dict[str, str], operator: str
) -> None:
    if not platform.get(deployment(OPERATORS[operator])):
        pytest.skip(f"{'/'.join(OPERATORS[operator])} is not on this cluster")
    name = f"during-{operator.lower().replace(' ', '-')}"
    document = order(examples["simple-users-table"], name)
    apply(document)
    restart(*OPERATORS[operator])
    platform.active(NAMESPACE, name)
    for other, uid in tables.items():
        table = platform.table(NAMESPACE, other)
        assert table["metadata"]["uid"] == uid
        assert is_synced(table)


def test_a_request_that_goes_while_the_store_is_empty_takes_its_table_along(
    platform: Platform, examples: Requests
) -> None:
    if not platform.get(deployment(STORE)):
        pytest.skip("the state store is not on this cluster, and so not ours to harm")
    document = order(examples["simple-users-table"], "leaving", deletionPolicy="Delete")
    apply(document)
    platform.active(NAMESPACE, "leaving")
    store("rm -r /data/kratix/*")

    def refused() -> bool:
        return "leaving still asks for this table" in kubectl("get", "events", "-n", "flux-system")

    wait(refused, "Flux to be refused", SLOWEST)
    kubectl("delete", "ddbr", "leaving", "-n", NAMESPACE, "--timeout=120s")
    wait(lambda: not platform.table(NAMESPACE, "leaving"), "the Table to go", SLOWEST)
    region = document["spec"]["region"]
    wait(lambda: platform.described("e2e-leaving", region) is None, "the table to go", SLOWEST)
