"""The constructs of the Crossplane offer."""

from collections.abc import Callable
from typing import Any

import cdk8s
import pytest
import upstream
from conforms import problems
from constructs import Construct

from tablepromise.dialects import crossplane
from tablepromise.offers import CompositeTable, ProviderConfig, ProviderConfigProps
from tablepromise.platform import Emulator, ExistingSecret, ExternalSecret, IamRole, Secret

KEEP = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
ROLE = IamRole(arn="arn:aws:iam::123456789012:role/tables")


def synthesized(make: Callable[[Construct], object]) -> list[dict[str, Any]]:
    chart = cdk8s.Testing.chart()
    make(chart)
    documents: list[dict[str, Any]] = cdk8s.Testing.synth(chart)
    return documents


def config(identity: IamRole | Secret | Emulator) -> list[dict[str, Any]]:
    props = ProviderConfigProps(identity=identity)
    return synthesized(lambda scope: ProviderConfig(scope, "Config", props))


def test_the_api_is_kept_and_served_by_the_composition() -> None:
    definition, composition = synthesized(lambda scope: CompositeTable(scope, "Table"))
    expected = crossplane.composite_resource_definition()
    assert definition == {**expected, "metadata": {**expected["metadata"], "annotations": KEEP}}
    assert composition == crossplane.composition()


def test_minimal_config() -> None:
    assert config(ROLE) == [
        {
            "apiVersion": "aws.m.upbound.io/v1beta1",
            "kind": "ClusterProviderConfig",
            "metadata": {"name": "default", "annotations": KEEP},
            "spec": {"credentials": {"source": "IRSA"}},
        }
    ]


@pytest.mark.parametrize(
    "secret", [ExistingSecret(name="aws"), ExternalSecret(name="aws", store="vault", key="aws")]
)
def test_the_secret_is_the_one_that_ack_has(secret: Secret) -> None:
    [document] = config(secret)
    reference = {"namespace": "ack-system", "name": "aws", "key": "credentials"}
    assert document["spec"] == {"credentials": {"source": "Secret", "secretRef": reference}}


def test_config_for_an_emulator_leaves_nothing_to_aws() -> None:
    [document] = config(Emulator(url="http://localstack.localstack.svc:4566"))
    assert document["spec"] == {
        "credentials": {"source": "PodIdentity"},
        "endpoint": {
            "source": "Custom",
            "url": {"type": "Static", "static": "http://localstack.localstack.svc:4566"},
            "hostnameImmutable": True,
            "services": ["dynamodb", "iam", "kms", "sts"],
        },
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "skip_requesting_account_id": True,
    }


@pytest.mark.parametrize(
    "identity", [ROLE, ExistingSecret(name="aws"), Emulator(url="http://here")], ids=str
)
def test_every_field_is_known_to_the_provider(identity: IamRole | Secret | Emulator) -> None:
    schema = upstream.schema("upjet-aws-aws.m.upbound.io_clusterproviderconfigs.yaml")
    [document] = config(identity)
    assert not list(problems(document, schema))
