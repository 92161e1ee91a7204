"""Objects and kinds that a target installs, as the committed manifests of all targets have them."""

from functools import cache
from typing import Any

import charts
import yaml
from instructions import ROOT

from tablepromise import reads
from tablepromise.request import dump, load

SNAPSHOTS = ROOT / "tests/snapshots"
"""What `make synth` writes for each target; tests/infra/test_app.py holds it to that."""

OF_KUBERNETES = (
    *("deployment", "pod", "secret", "namespace", "job", "event", "endpointslice", "cronjob"),
    "resourcequota",
    *("customresource", "validatingadmissionpolicy", "validatingadmissionpolicybinding"),
)


@cache
def manifests() -> list[dict[str, Any]]:
    """Every object that is written for a target, or by a construct alone."""
    files = [*SNAPSHOTS.rglob("*.yaml"), *(ROOT / "tests/platform/minimal").glob("*.yaml")]
    documents = [
        document
        for file in files
        for document in yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader)
    ]
    return [document for document in documents if "kind" in document]


def of_kind(kind: str) -> list[dict[str, Any]]:
    """The objects of one kind."""
    return [document for document in manifests() if document["kind"] == kind]


def namespaces() -> set[str]:
    """Every namespace that a target installs or uses."""
    return {document["metadata"]["name"] for document in of_kind("Namespace")} | {"default"}


@cache
def names_in(namespace: str) -> str:
    """Text with each name of a namespace: its objects, and the charts installed there."""
    chart_names = {
        reads.KRATIX_NAMESPACE: [reads.KRATIX_DEPLOYMENT],
        reads.FLUX_NAMESPACE: list(reads.FLUX_DEPLOYMENTS),
    }.get(namespace, [])
    documents = [
        document
        for document in manifests()
        if namespace in (document["metadata"].get("namespace"), document["metadata"]["name"])
        or document.get("spec", {}).get("targetNamespace") == namespace
    ]
    return dump(*documents) + "".join(f"name: {name}\n" for name in chart_names)


@cache
def kinds() -> frozenset[str]:
    """Names by which kubectl knows the kinds that are installed, in the singular."""
    names = {*OF_KUBERNETES, "xrd"}
    for chart in charts.charts().values():
        for resource in (*chart.namespaced, *chart.cluster):
            names |= {resource, resource.partition(".")[0]}
    for document in manifests():
        for crd in (document, document.get("spec", {}).get("api", {})):
            if crd.get("kind") == "CustomResourceDefinition":
                names |= {crd["metadata"]["name"], *crd["spec"]["names"].get("shortNames", ())}
    for file in (*(ROOT / "examples/kro").iterdir(), *(ROOT / "examples/crossplane").iterdir()):
        for document in load(file.read_text()):
            if document["kind"] == "CompositeResourceDefinition":
                names.add(document["metadata"]["name"])
            if document["kind"] == "ResourceGraphDefinition":
                schema = document["spec"]["schema"]
                names.add(f"{schema['kind'].lower()}s.{schema['group']}")
    return frozenset(map(singular, names))


def singular(name: str) -> str:
    """`policies.example.com` as `policy.example.com`."""
    word, dot, group = name.partition(".")
    for suffix, instead in (("ies", "y"), ("s", "")):
        if word.endswith(suffix):
            word = word.removesuffix(suffix) + instead
            break
    return word + dot + group
