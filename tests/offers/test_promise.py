"""The Promise construct."""

from typing import Any

import cdk8s
import pytest
import upstream
from image import IMAGE

from tablepromise.offers import Promise, PromiseProps
from tablepromise.request import Regions, custom_resource_definition

MINIMAL = PromiseProps(image=IMAGE)


def synthesized(props: PromiseProps = MINIMAL) -> dict[str, Any]:
    chart = cdk8s.Testing.chart()
    Promise(chart, "Promise", props)
    [promise] = cdk8s.Testing.synth(chart)
    return promise


RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsGroup": 65532,
    "runAsNonRoot": True,
    "runAsUser": 65532,
    "seccompProfile": {"type": "RuntimeDefault"},
}
RESOURCES = {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}


def pipeline(name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "platform.kratix.io/v1alpha1",
        "kind": "Pipeline",
        "metadata": {"name": name},
        "spec": {
            "containers": [
                {
                    "name": name,
                    "image": IMAGE,
                    "imagePullPolicy": "IfNotPresent",
                    "args": [name],
                    "securityContext": RESTRICTED,
                    "resources": RESOURCES,
                    "env": [{"name": "AWS_REGION", "value": "us-west-2"}],
                }
            ],
            **spec,
        },
    }


def test_minimal() -> None:
    assert synthesized() == {
        "apiVersion": "platform.kratix.io/v1alpha1",
        "kind": "Promise",
        "metadata": {
            "name": "aws-dynamodb-kratix",
            "labels": {"kratix.io/promise-version": "v0.1.0"},
            "annotations": {"kustomize.toolkit.fluxcd.io/prune": "disabled"},
        },
        "spec": {
            "api": custom_resource_definition(),
            "destinationSelectors": [{"matchLabels": {"cloud": "aws", "ack-enabled": "true"}}],
            "workflows": {
                "resource": {
                    "configure": [
                        pipeline(
                            "configure",
                            rbac={
                                "permissions": [
                                    {
                                        "apiGroups": ["dynamodb.kratix.io"],
                                        "resources": ["dynamodbrequests"],
                                        "verbs": ["list"],
                                        "resourceNamespace": "*",
                                    }
                                ]
                            },
                        )
                    ],
                    "delete": [pipeline("delete")],
                }
            },
        },
    }


def test_props() -> None:
    chart = cdk8s.Testing.chart()
    props = PromiseProps(
        image="registry.example/pipeline:1",
        image_pull_policy="Always",
        image_pull_secrets=("pull",),
        account_id="123456789012",
        regions=Regions(("eu-central-1", "eu-north-1"), "eu-central-1"),
        resources={},
        version="v9",
    )
    promise = Promise(chart, "Promise", props)
    assert (promise.version, promise.image) == ("v9", "registry.example/pipeline:1")
    [document] = cdk8s.Testing.synth(chart)
    configure = document["spec"]["workflows"]["resource"]["configure"][0]["spec"]
    assert configure["imagePullSecrets"] == [{"name": "pull"}]
    [container] = configure["containers"]
    assert container["image"] == "registry.example/pipeline:1"
    assert container["imagePullPolicy"] == "Always"
    assert container["env"] == [
        {"name": "AWS_ACCOUNT_ID", "value": "123456789012"},
        {"name": "AWS_REGION", "value": "eu-central-1"},
    ]
    assert document["spec"]["api"] == custom_resource_definition(props.regions)
    assert document["metadata"]["labels"] == {"kratix.io/promise-version": "v9"}


@pytest.mark.parametrize("account", ["", "12345", "12345678901x", "1234567890123"])
def test_an_account_that_is_none_is_refused(account: str) -> None:
    with pytest.raises(ValueError, match=r"got .*, allowed: 12 digits"):
        PromiseProps(image=IMAGE, account_id=account)


def test_pipeline_identifiers_fit_into_kratix_60_characters() -> None:
    document = synthesized()
    for action, pipelines in document["spec"]["workflows"]["resource"].items():
        for each in pipelines:
            name = each["metadata"]["name"]
            identifier = f"{document['metadata']['name']}-resource-{action}-{name}"
            assert len(identifier) <= 60


def test_every_field_is_known_to_kratix() -> None:
    known = upstream.schema("kratix-promises.yaml")["properties"]["spec"]["properties"]
    spec = synthesized()["spec"]
    assert spec.keys() <= known.keys()
    assert spec["workflows"].keys() <= known["workflows"]["properties"].keys()


@pytest.mark.parametrize("action", ["configure", "delete"])
def test_containers_say_what_restricted_podsecurity_asks(action: str) -> None:
    [each] = synthesized()["spec"]["workflows"]["resource"][action]
    for container in each["spec"]["containers"]:
        context = container["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert "limits" in container["resources"]
