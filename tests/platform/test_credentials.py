"""A Secret by name, and nothing that it holds."""

import base64
import secrets

import cdk8s
import pytest

from tablepromise.platform import (
    AckDynamoDB,
    AckDynamoDBProps,
    CredentialsSecret,
    CredentialsSecretProps,
    Emulator,
    ExistingSecret,
    IamRole,
    SealedSecret,
)

SEALED = base64.b64encode(b"\x02\x00" + secrets.token_bytes(600)).decode()


def test_an_existing_secret_makes_no_object() -> None:
    chart = cdk8s.Testing.chart()
    props = CredentialsSecretProps(namespace="here", source=ExistingSecret(name="keys"))
    assert CredentialsSecret(chart, "X", props).name == "keys"
    assert cdk8s.Testing.synth(chart) == []


def test_a_sealed_secret_is_for_one_namespace() -> None:
    chart = cdk8s.Testing.chart()
    source = SealedSecret(name="keys", encrypted={"credentials": SEALED})
    CredentialsSecret(chart, "X", CredentialsSecretProps(namespace="here", source=source))
    [made] = cdk8s.Testing.synth(chart)
    assert made["spec"] == {
        "encryptedData": {"credentials": SEALED},
        "template": {"metadata": {"name": "keys", "namespace": "here"}},
    }


@pytest.mark.parametrize(
    "value", ["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[default]", "", "QUtJQQ==", "A" * 2000]
)
def test_a_plain_value_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(ValueError, match="key credentials of SealedSecret keys is not sealed") as e:
        SealedSecret(name="keys", encrypted={"credentials": value})
    assert not value or value not in str(e.value)


def test_a_role_is_an_arn() -> None:
    with pytest.raises(ValueError, match="got 'admin', allowed: arn:aws:iam::<12 digits>:role/"):
        IamRole(arn="admin")


def test_keys_do_not_travel_in_plain() -> None:
    with pytest.raises(ValueError, match="endpoint_url is not safe: got 'http://x'"):
        AckDynamoDBProps(
            region="us-west-2", identity=ExistingSecret(name="x"), endpoint_url="http://x"
        )


def test_an_emulator_gets_no_secret() -> None:
    chart = cdk8s.Testing.chart()
    identity = Emulator(url="http://moto.moto.svc:5000")
    ack = AckDynamoDB(chart, "X", AckDynamoDBProps(region="us-west-2", identity=identity))
    [release] = [d for d in cdk8s.Testing.synth(chart) if d["kind"] == "HelmRelease"]
    values = release["spec"]["values"]
    assert "credentials" not in values["aws"]
    assert values["aws"]["allow_unsafe_aws_endpoint_urls"] is True
    assert values["aws"]["endpoint_url"] == values["aws"]["identity_endpoint_url"] == identity.url
    assert (ack.endpoint_url, ack.resync_seconds) == (identity.url, 60)
