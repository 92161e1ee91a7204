"""Requests of a diagnosis to the API server, held against the kinds that are installed."""

import charts
from installed_objects import of_kind

from tablepromise.diagnosis import READS
from tablepromise.reads import WATCHED, Read

OF_KUBERNETES = {
    "namespaces": False,
    "customresourcedefinitions.apiextensions.k8s.io": False,
    "jobs.batch": True,
    "cronjobs.batch": True,
    "events": True,
    "pods": True,
    "deployments.apps": True,
}
"""Kinds of Kubernetes itself that are read, and whether they are namespaced."""

LONG = {"Pod", "Event", "Job", "Deployment", "CronJob"}
"""Kinds of which a cluster has many that are no concern of a diagnosis."""


def test_every_kind_exists_under_that_name_and_in_that_scope() -> None:
    scopes = dict(OF_KUBERNETES)
    for chart in charts.charts().values():
        scopes |= dict.fromkeys(chart.namespaced, True) | dict.fromkeys(chart.cluster, False)
    [promise, *_] = of_kind("Promise")
    crd = promise["spec"]["api"]
    scopes[crd["metadata"]["name"]] = crd["spec"]["scope"] == "Namespaced"
    assert {read.resource: read.namespaced for read in READS}.items() <= scopes.items()


def test_no_secret_is_read_and_each_read_says_why() -> None:
    assert [read for read in READS if "secret" in read.resource] == []
    assert [read.resource for read in READS if len(read.why.split()) < 2] == []


def test_the_viewer_may_read_what_is_read_and_may_not_change_it() -> None:
    viewers = [
        role for role in of_kind("ClusterRole") if role["metadata"]["name"] == "tablepromise-viewer"
    ]
    assert viewers
    for viewer in viewers:
        granted = {
            (group, resource): (set(rule["verbs"]), set(rule.get("resourceNames", ())))
            for rule in viewer["rules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
        }
        for read in READS:
            verbs, names = granted[read.group, read.plural]
            assert verbs >= {"get"}
            assert verbs <= {"get", "list", "watch"}
            assert names == set(read.names)


def test_what_may_be_long_is_narrowed() -> None:
    def narrowed(read: Read) -> bool:
        return bool(read.labels or read.fields or read.namespace)

    long = [read for read in READS if read.kind in LONG]
    assert {read.kind for read in long} == LONG
    assert [read for read in long if not narrowed(read)] == []
    crds = [read for read in READS if read.kind == "CustomResourceDefinition"]
    assert [len(read.names) for read in crds] == [2]


def test_the_reflector_follows_all_that_a_status_depends_on() -> None:
    left_out = {read.resource for read in READS if read not in WATCHED}
    assert left_out == {
        "customresourcedefinitions.apiextensions.k8s.io",
        "deployments.apps",
        "helmreleases.helm.toolkit.fluxcd.io",
        "cronjobs.batch",
    }
    assert {read.resource for read in WATCHED} & left_out == {"deployments.apps"}
