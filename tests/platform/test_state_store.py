"""One description of the store for who writes and who reads."""

import cdk8s
import pytest

from tablepromise.platform import (
    S3,
    ExistingSecret,
    ExternalSecret,
    Git,
    IamRole,
    StateStore,
    StateStoreProps,
)

ROLE = IamRole(arn="arn:aws:iam::123456789012:role/state")
LOGIN = ExistingSecret(name="login")


def store(backend: S3 | Git) -> StateStore:
    return StateStore(cdk8s.Testing.chart(), "X", StateStoreProps(name="store", backend=backend))


def test_a_role_needs_no_secret_on_either_side() -> None:
    chart = cdk8s.Testing.chart()
    backend = S3(bucket="b", endpoint="s3.eu-west-1.amazonaws.com", identity=ROLE)
    made = StateStore(chart, "X", StateStoreProps(name="store", backend=backend))
    [kratix] = cdk8s.Testing.synth(chart)
    assert kratix["spec"]["authMethod"] == "IAM"
    assert "secretRef" not in kratix["spec"]
    source = made.source(only="here")["spec"]
    assert source["provider"] == "aws"
    assert "secretRef" not in source


def test_flux_reads_with_an_identity_and_at_an_endpoint_of_its_own() -> None:
    chart = cdk8s.Testing.chart()
    backend = S3(
        bucket="b",
        endpoint="s3:7070",
        read_endpoint="s3:7071",
        identity=LOGIN,
        read_identity=ExternalSecret(name="reader", store="vault", key="k"),
    )
    made = StateStore(chart, "X", StateStoreProps(name="store", backend=backend))
    secret, kratix = cdk8s.Testing.synth(chart)
    assert (secret["metadata"]["namespace"], secret["metadata"]["name"]) == (
        "flux-system",
        "reader",
    )
    assert kratix["spec"]["endpoint"] == "s3:7070"
    assert kratix["spec"]["secretRef"]["name"] == "login"
    source = made.source(only="here")["spec"]
    assert (source["endpoint"], source["secretRef"]) == ("s3:7071", {"name": "reader"})


def test_flux_reads_a_repository_with_a_secret_of_its_own() -> None:
    made = store(
        Git(
            url="ssh://git@example.com/x.git",
            secret=LOGIN,
            read_secret=ExistingSecret(name="reader"),
        )
    )
    assert made.source(only="here")["spec"]["secretRef"] == {"name": "reader"}


def test_a_folder_of_a_bucket() -> None:
    made = store(S3(bucket="b", endpoint="s3:9000", identity=LOGIN, plain_http=True))
    assert made.source(only="here/resources/a")["spec"]["prefix"] == "here/resources/a/"


def test_a_folder_of_a_repository() -> None:
    source = store(Git(url="ssh://git@example.com/x.git", secret=LOGIN)).source(only="here/r/a")
    assert source["spec"]["ignore"].splitlines() == [
        "/*",
        "!/here/",
        "/here/*",
        "!/here/r/",
        "/here/r/*",
        "!/here/r/a/",
    ]


def test_ssh_is_told_to_kratix() -> None:
    chart = cdk8s.Testing.chart()
    backend = Git(url="ssh://git@example.com/x.git", secret=LOGIN)
    StateStore(chart, "X", StateStoreProps(name="store", backend=backend))
    [kratix] = cdk8s.Testing.synth(chart)
    assert kratix["spec"]["authMethod"] == "ssh"


@pytest.mark.parametrize("url", ["http://example.com/x.git", "git@example.com:x.git", "x"])
def test_urls_that_kratix_refuses(url: str) -> None:
    with pytest.raises(ValueError, match="url is not one that Kratix accepts"):
        Git(url=url, secret=LOGIN)


def test_an_endpoint_has_no_scheme() -> None:
    with pytest.raises(ValueError, match="endpoint is not a host: got 'https://s3'"):
        S3(bucket="b", endpoint="https://s3", identity=LOGIN)
