"""Writes docs/comparison.md from the objects that each offer creates and installs.

A statement that the code cannot derive is a claim, with the test that proves it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from infra.app import build
from infra.settings import targets
from infra.targets import Offer
from tablepromise.dialects.rendering import LIMITATIONS, RENDERERS
from tablepromise.request import TableRequest, admit

Documents = list[dict[str, Any]]

PROGRAMS = ("HelmRelease", "Provider", "Function")
"""Kinds of objects that install a program."""

NAMES: tuple[str, ...] = get_args(Offer)


@dataclass(frozen=True)
class Claim:
    """A statement, and the test that proves it, as `file::test`."""

    text: str
    test: str


CLAIMS: dict[str, dict[str, Claim]] = {
    "how": {
        "promise": Claim(
            "a workflow for each request: its pipeline renders the Table, Kratix writes it to the "
            "state store of a Destination, and the agent there applies it",
            "tests/e2e/test_chain.py::test_five_requests_become_five_tables",
        ),
        "kro": Claim(
            "a template in CEL: kro creates an ACK Table for each object",
            "tests/cluster/test_kro.py::test_the_examples_become_the_promises_tables",
        ),
        "crossplane": Claim(
            "a script in the Composition returns the managed resources; a provider creates the "
            "table, without ACK",
            "tests/dialects/test_crossplane_script.py::"
            "test_the_table_comes_first_and_its_parts_when_it_is_there",
        ),
        "kubevela": Claim(
            "a component in CUE: KubeVela creates a DynamoDBRequest, and the Promise does the rest",
            "tests/dialects/test_kubevela.py::test_an_example_becomes_what_admission_stores_of_it",
        ),
    },
    "the table": {
        name: Claim(
            "the same for 1,000 generated requests, except for the limitations below",
            "tests/dialects/test_equivalence.py::"
            "test_generated_requests_are_the_same_table_by_every_offer",
        )
        for name in NAMES
    },
    "status": {
        "promise": Claim(
            "from the pipeline: rendered or rejected, with the reason; from Kratix: written",
            "tests/cluster/test_pipeline.py::test_good_warned_and_refused",
        ),
        "kro": Claim(
            "from the Table: Ready when it is ACTIVE and synced, and no change was rejected",
            "tests/cluster/test_kro.py::test_ready_is_the_tables_word",
        ),
        "crossplane": Claim(
            "from the provider: Ready when its objects are Ready, else with its message",
            "tests/dialects/test_crossplane_script.py::test_what_the_provider_says_is_wrong_is_shown",
        ),
        "kubevela": Claim(
            "from the request: healthy when it is Ready, with its message",
            "tests/dialects/test_kubevela_health.py::test_a_component_is_what_its_request_is",
        ),
    },
    "a wrong value": {
        "promise": Claim(
            "rejected by the API server: types and rules",
            "tests/cluster/test_admission.py::test_the_corpus",
        ),
        "kro": Claim(
            "rejected by the API server: types by the CRD, rules by an admission policy",
            "tests/cluster/test_kro.py::test_the_same_is_refused",
        ),
        "crossplane": Claim(
            "rejected by the API server: types and rules",
            "tests/cluster/test_crossplane.py::test_a_spec_is_refused_where_the_same_request_is",
        ),
        "kubevela": Claim(
            "types are rejected by CUE when the Application is rendered, rules by the API server "
            "when KubeVela creates the request",
            "tests/dialects/test_kubevela.py::"
            "test_cue_refuses_whatever_needs_neither_a_rule_nor_a_look_for_doubles",
        ),
    },
    "a change": {
        "promise": Claim(
            "changes the same Table",
            "tests/e2e/test_chain.py::test_changes_arrive_at_the_same_table",
        ),
        "kro": Claim(
            "changes the same Table",
            "tests/cluster/test_kro.py::test_every_field_that_may_change_changes_in_place",
        ),
        "crossplane": Claim(
            "changes the same Table",
            "tests/dialects/test_crossplane.py::"
            "test_a_change_leaves_the_name_of_every_managed_resource",
        ),
        "kubevela": Claim(
            "changes the same request, which has the component's name",
            "tests/dialects/test_kubevela.py::test_only_our_components_become_requests",
        ),
    },
    "deleting it": {
        "promise": Claim(
            "keeps the table, unless its deletionPolicy is Delete",
            "tests/e2e/test_chain.py::test_retain_keeps_the_table_and_delete_removes_it",
        ),
        "kro": Claim(
            "the same: kro deletes the Table, and ACK follows the policy in its annotation",
            "tests/cluster/test_kro.py::"
            "test_deleting_an_instance_leaves_the_decision_to_its_policy",
        ),
        "crossplane": Claim(
            "the same: without Delete the provider may not delete the table",
            "tests/dialects/test_crossplane_script.py::test_only_delete_deletes_and_only_the_table",
        ),
        "kubevela": Claim(
            "deletes its requests, each by its own deletionPolicy",
            "tests/e2e/test_stacks.py::test_every_other_offer_makes_a_table_and_lets_it_go",
        ),
    },
}

RECONCILERS: dict[str, tuple[str, ...]] = {
    "promise": ("kratix", "flux", "ack-dynamodb"),
    "kro": ("kro", "ack-dynamodb"),
    "crossplane": ("crossplane", "function-python", "provider-aws-dynamodb"),
    "kubevela": ("vela-core", "kratix", "flux", "ack-dynamodb"),
}
"""Installed programs, in the order in which they reconcile a table."""

EVERYTHING = {
    "contributorInsights": True,
    "resourcePolicy": '{"Version": "2012-10-17", "Statement": [{}]}',
}
"""Fields for which some offers create objects of their own."""


def comparison_page(example: TableRequest) -> str:
    """Return the page, with the kinds that each offer creates for an example request."""
    header = f"| | {' | '.join(f'`{name}`' for name in NAMES)} |"
    rule = "|---" * (len(NAMES) + 1) + "|"
    return "\n".join(
        [
            "# Four APIs for the same table",
            "",
            "For developers and platform engineers who choose between the Promise, kro, Crossplane "
            "and KubeVela. After reading this page you know what you write, what is installed, and "
            "how each handles changes, errors and deletion.",
            "",
            "Generated by `make generate` from the model, from the objects that each offer creates "
            "for requests, and from the objects that a target with it installs. Every other "
            "statement has a test, which the last section names.",
            "",
            "The setting `offers` of a target lists its APIs. All of them have the fields of a "
            "request ([fields.md](fields.md)), and create the same table in DynamoDB:",
            "",
            "```sh",
            ".venv/bin/tablepromise render examples/requests/simple-users-table.yaml --offer kro",
            "```",
            "",
            header,
            rule,
            *(_row(topic, cells) for topic, cells in _rows(example)),
            "",
            "## Limitations",
            "",
            "Settings of a table that no API supports: [ack-table.md](ack-table.md).",
            "",
            *_cannot(),
            "",
            "## Tests",
            "",
            header,
            rule,
            *(
                _row(topic, {name: f"`{claim.test}`" for name, claim in claims.items()})
                for topic, claims in CLAIMS.items()
            ),
            "",
        ]
    )


def _rows(example: TableRequest) -> Iterator[tuple[str, dict[str, str]]]:
    full = admit({**example.as_document(), "spec": {**example.as_document()["spec"], **EVERYTHING}})
    renderings = {name: RENDERERS[name](full) for name in NAMES}
    yield "you write", {name: _kinds([each.written]) for name, each in renderings.items()}
    yield "it creates", {name: _kinds(each.objects) for name, each in renderings.items()}
    installed = {name: _installed(name) for name in NAMES}
    base = installed["promise"]
    yield (
        "installs",
        {
            name: ("" if name == "promise" else "the same, and ")
            + ", ".join(
                _program(document, installed[name])
                for document in installed[name]
                if document["kind"] in PROGRAMS and (name == "promise" or document not in base)
            )
            for name in NAMES
        },
    )
    yield "reconciled by", {name: _reconcilers(name, installed[name]) for name in NAMES}
    for topic, claims in CLAIMS.items():
        yield topic, {name: claim.text for name, claim in claims.items()}


def _kinds(objects: Documents) -> str:
    kinds = dict.fromkeys(f"{o['kind']} (`{o['apiVersion']}`)" for o in objects)
    return ", ".join(kinds)


def _installed(offer: str) -> Documents:
    """Every object of the target `aws`, which has no emulator, with this offer."""
    offers = cast(tuple[Offer, ...], tuple(dict.fromkeys(("promise", offer))))
    app = build(replace(targets()["aws"], offers=offers))
    return [document for folder in app.folders for document in folder.documents()]


def _program(document: dict[str, Any], installed: Documents) -> str:
    """Name and version of a program; some charts have the version in their source."""
    spec, metadata = document["spec"], document["metadata"]
    if "package" in spec:
        package, _, version = str(spec["package"]).rpartition(":")
        return f"{package.rpartition('/')[2]} {version}"
    if version := spec.get("chart", {}).get("spec", {}).get("version"):
        return f"{metadata['name']} {version}"
    [ref] = (
        other["spec"]["ref"]
        for other in installed
        if other["kind"] in ("OCIRepository", "GitRepository")
        and other["metadata"]["name"] == metadata["name"]
        and other["metadata"]["namespace"] == metadata["namespace"]
    )
    return f"{metadata['name']} {ref.get('tag') or ref['commit'][:8]}"


def _reconcilers(offer: str, installed: Documents) -> str:
    """Return the programs; raise ValueError if one is not installed."""
    there = {d["metadata"]["name"] for d in installed if d["kind"] in PROGRAMS}
    if missing := set(RECONCILERS[offer]) - there:
        raise ValueError(f"{offer}: nothing installs {', '.join(sorted(missing))}")
    return ", ".join(RECONCILERS[offer])


def _cannot() -> Iterator[str]:
    for name in NAMES:
        limitations = LIMITATIONS[name]
        if not limitations:
            yield f"- `{name}`: none"
        yield from (f"- `{name}`: `{what}`. {why}." for what, why in limitations.items())


def _row(topic: str, cells: dict[str, str]) -> str:
    return f"| {topic} | {' | '.join(cells[name] for name in NAMES)} |"
