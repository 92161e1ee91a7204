"""A Kubernetes object with any body."""

import cdk8s

from tablepromise.objects import KubeObject


def test_the_object_is_kept_whole_and_gets_what_the_chart_gives() -> None:
    app = cdk8s.Testing.app()
    chart = cdk8s.Chart(app, "chart", namespace="here", labels={"from": "chart"})
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "x",
            "labels": {"own": "1"},
            "annotations": {"a": "N"},
            "finalizers": ["example.com/f"],
        },
        "data": {"key": "N"},
        "immutable": True,
    }
    KubeObject(chart, "Resource", manifest)
    [document] = cdk8s.Testing.synth(chart)
    assert document == {
        **manifest,
        "metadata": {
            "name": "x",
            "namespace": "here",
            "labels": {"from": "chart", "own": "1"},
            "annotations": {"a": "N"},
            "finalizers": ["example.com/f"],
        },
    }
