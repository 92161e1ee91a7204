"""What no stack may do: each rule on what breaks it and what does not, as Pulumi shows it."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from pulumi_policy import ResourceValidationArgs, ResourceValidationPolicy, StackValidationPolicy
from pulumi_policy.deserialize import deserialize_properties, serialize_properties
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy
from pulumi_policy.secret import Secret
from stack_program import SECRET_SIGNATURE, Registered, configured, run

from infra.settings import targets
from infra.stack import policies
from infra.stack.kinds import PROTECTED
from infra.stack.policies import (
    POLICIES,
    deleted,
    missing_labels,
    plain_credentials,
    replaced,
    unpinned_images,
)
from tablepromise.platform.namespace import POD_SECURITY

CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
PROMISE = "kubernetes:platform.kratix.io/v1alpha1:Promise"
SECRET = "kubernetes:core/v1:Secret"
POD = "kubernetes:core/v1:Pod"
NAMESPACE = "kubernetes:core/v1:Namespace"
DIGEST = f"@sha256:{'0' * 64}"
KEY_ID = "AKIA" + "ABCDEFGHIJKLMNOP"


def as_in_a_dict(props: dict[str, Any]) -> Any:
    return props


AS_SHOWN: list[Callable[[dict[str, Any]], Any]] = [as_in_a_dict, unknown_checking_proxy]
"""What Pulumi shows to a policy are dictionaries and lists by behaviour, and not by type."""

shown = pytest.mark.parametrize("as_shown", AS_SHOWN, ids=["plain", "as Pulumi does"])


def urn(kind: str, name: str, parent: str = "tablepromise:infra:Controllers") -> str:
    return f"urn:pulumi:devex::tablepromise::{parent}${kind}::{name}"


def resource(kind: str, name: str, **spec: Any) -> dict[str, Any]:
    """As it is in the stack's state."""
    namespace, _, own = name.rpartition("/")
    metadata = {"name": own} | ({"namespace": namespace} if namespace else {})
    inputs = {"kind": kind.rpartition(":")[2], "metadata": metadata, "spec": spec}
    return {"urn": urn(kind, name), "type": kind, "inputs": inputs}


# --- data -----------------------------------------------------------------------------------------

STATE = [
    resource(CLAIM, "versitygw/data"),
    resource(PROMISE, "tables"),
    resource(POD, "versitygw/versitygw"),
    {"urn": "urn:pulumi:devex::tablepromise::x:index:Promise::mine", "type": "x:index:Promise"},
]


def test_what_data_goes_with_is_not_deleted() -> None:
    urns = [each["urn"] for each in STATE]
    assert list(deleted(STATE, urns)) == []
    assert list(deleted(STATE, urns[1:])) == ["PersistentVolumeClaim versitygw/data"]
    # of the others nothing is lost
    assert list(deleted(STATE, [])) == ["PersistentVolumeClaim versitygw/data", "Promise tables"]
    assert list(deleted([], urns)) == []


@pytest.mark.parametrize("kind", sorted(PROTECTED))
def test_no_kind_that_is_kept_is_deleted(kind: str) -> None:
    assert list(deleted([resource(f"kubernetes:any/v1:{kind}", "one")], [])) == [f"{kind} one"]


def test_what_moves_to_another_place_is_not_deleted() -> None:
    moved = urn(CLAIM, "versitygw/data", "tablepromise:infra:Configs")
    assert not list(deleted(STATE[:1], [moved]))
    assert not list(deleted(STATE[:1], [moved.replace("tablepromise:infra:Configs$", "")]))
    for other in (urn(CLAIM, "versitygw/other"), urn(POD, "versitygw/data")):
        assert list(deleted(STATE[:1], [other]))


VOLUME: dict[str, Any] = {
    "storageClassName": "fast",
    "accessModes": ["ReadWriteOnce"],
    "volumeMode": "Filesystem",
}


@shown
@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"storageClassName": "slow"}, ["spec.storageClassName"]),
        ({"storageClassName": None}, ["spec.storageClassName"]),
        ({"accessModes": ["ReadWriteMany"]}, ["spec.accessModes"]),
        ({"volumeMode": "Block"}, ["spec.volumeMode"]),
        ({"volumeName": "one"}, ["spec.volumeName"]),
        ({"selector": {"matchLabels": {"a": "b"}}}, ["spec.selector"]),
        ({"resources": {"requests": {"storage": "2Gi"}}}, []),
    ],
    ids=str,
)
def test_a_claim_whose_volume_would_be_another_is_replaced(
    as_shown: Callable[[Any], Any], changes: dict[str, Any], fields: list[str]
) -> None:
    old = resource(CLAIM, "versitygw/data", **VOLUME)["inputs"]
    spec = {key: value for key, value in (VOLUME | changes).items() if value is not None}
    new = resource(CLAIM, "versitygw/data", **spec)["inputs"]
    assert replaced(old, as_shown(new)) == fields


@shown
def test_another_name_is_another_object(as_shown: Callable[[Any], Any]) -> None:
    old = resource(PROMISE, "a/b", size=1)["inputs"]
    assert replaced(old, as_shown(resource(PROMISE, "a/b", size=2)["inputs"])) == []
    assert replaced(old, as_shown(resource(PROMISE, "a/c")["inputs"])) == ["metadata.name"]
    assert replaced(old, as_shown(resource(PROMISE, "c/b")["inputs"])) == ["metadata.namespace"]


# --- secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("props", "fields"),
    [
        ({}, []),
        ({"metadata": {"name": "empty"}}, []),
        ({"data": {}, "stringData": None}, []),
        ({"stringData": Secret({"key": "value"})}, []),
        ({"stringData": {"key": Secret("value")}}, []),
        ({"data": Secret({"key": "dmFsdWU="}), "stringData": Secret({"key": "value"})}, []),
        ({"stringData": {"key": "value"}}, ["stringData"]),
        ({"data": {"key": "dmFsdWU="}}, ["data"]),
        ({"data": Secret({"key": "a"}), "stringData": {"key": "value"}}, ["stringData"]),
        ({"stringData": {"one": Secret("value"), "other": "value"}}, ["stringData"]),
        ({"data": {"a": "b"}, "stringData": {"a": "b"}}, ["data", "stringData"]),
    ],
)
def test_a_secret_holds_nothing_in_plain(props: dict[str, Any], fields: list[str]) -> None:
    assert list(plain_credentials(SECRET, props)) == fields


CREDENTIALS = {
    "key id": KEY_ID,
    "temporary key id": f"id: {'ASIA' + KEY_ID[4:]};",
    "private key": "-----BEGIN " + "PRIVATE KEY-----\nMII",
    "SSH key": "-----BEGIN OPENSSH " + "PRIVATE KEY-----\nb3Bl",
    "credentials file": "[default]\naws_secret_access_key = abc\n",
}
HARMLESS = (
    "",
    "AKIA",
    f"{KEY_ID}Q",
    f"X{KEY_ID}",
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----",
    "aws_secret_access_key =",
    "the key aws_secret_access_key",
)


@shown
@pytest.mark.parametrize("text", CREDENTIALS.values(), ids=CREDENTIALS)
def test_a_credential_is_found_in_every_field(as_shown: Callable[[Any], Any], text: str) -> None:
    container = {"name": "x", "args": ["run", text], "env": [{"name": "KEY", "value": text}]}
    for props, place in (
        ({"data": {"file": text}}, ".data.file"),
        ({"spec": {"containers": [container]}}, ".spec.containers[0].args"),
        ({"values": {"env": [[{"value": text}]]}}, ".values.env"),
        ({"text": text}, ".text"),
    ):
        found = list(plain_credentials(POD, as_shown(props)))
        assert found, place
        assert found[0].startswith(place)
        assert not any(text in path for path in found)


@shown
@pytest.mark.parametrize("text", HARMLESS)
def test_text_like_a_credential_is_accepted(as_shown: Callable[[Any], Any], text: str) -> None:
    props = {"data": {"file": text}, "args": [text], "number": 1, "nothing": None}
    assert not list(plain_credentials(POD, as_shown(props)))


def test_an_encrypted_credential_is_not_in_plain() -> None:
    assert not list(
        plain_credentials("kubernetes:helm.sh/v3:Release", {"values": {"key": Secret(KEY_ID)}})
    )


# --- images ---------------------------------------------------------------------------------------

PINNED = (
    "docker.io/rancher/k3s:v1.33.5-k3s1",
    "quay.io/jetstack/cert-manager:v1.19.0",
    "localhost:5000/x:1.2.3",
    f"python{DIGEST}",
    f"python:latest{DIGEST}",
    f"python:3.13.7-slim{DIGEST}",
)
MOVING = (
    "python",
    "python:latest",
    "python:3",
    "python:3.13",
    "localhost:5000/python",
    "registry.example.com:1.2.3/python",
    "python:3.13.7@sha256:0123",
)


def in_two(image: str) -> dict[str, str]:
    """As a chart takes it."""
    repository, _, tag = image.rpartition(":")
    return {"repository": repository, "tag": tag}


@shown
@pytest.mark.parametrize("image", PINNED)
def test_an_image_with_a_full_version_or_a_digest_is_pinned(
    as_shown: Callable[[Any], Any], image: str
) -> None:
    containers = [{"image": "a:1.0.0"}, {"image": image}]
    assert not list(unpinned_images(as_shown({"spec": {"template": {"spec": {"x": containers}}}})))


@shown
@pytest.mark.parametrize("image", MOVING)
def test_an_image_that_may_be_another_tomorrow_is_found(
    as_shown: Callable[[Any], Any], image: str
) -> None:
    pod = {"initContainers": [{"image": image}], "containers": [{"image": "a:1.0.0"}]}
    found = list(unpinned_images(as_shown({"spec": {"template": {"spec": pod}}})))
    assert found == [f".spec.template.spec.initContainers[0].image: {image}"]


@shown
@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({"controller": {"image": {"repository": "ghcr.io/x", "tag": "v1.2.3"}}}, []),
        ({"controller": {"image": "ghcr.io/x", "tag": "v1.2.3"}}, []),
        ({"image": {"repository": "ghcr.io/x", "tag": "v1.2"}}, [".image.repository"]),
        ({"controller": {"image": "ghcr.io/x", "tag": "latest"}}, [".controller.image"]),
        ({"controller": {"image": "ghcr.io/x"}}, [".controller.image"]),
        ({"image": {"pullPolicy": "Always"}, "repository": "https://git.example.com/x"}, []),
        ({"package": "xpkg.example.com/x:v1.2.3"}, []),
        ({"package": "xpkg.example.com/x:v1"}, [".package"]),
    ],
)
def test_an_image_in_two_halves_is_read_as_one(
    as_shown: Callable[[Any], Any], values: dict[str, Any], places: list[str]
) -> None:
    found = [line.partition(": ")[0] for line in unpinned_images(as_shown({"values": values}))]
    assert found == [f".values{place}" for place in places]


# --- namespaces -----------------------------------------------------------------------------------


@shown
def test_a_namespace_enforces_pod_security(as_shown: Callable[[Any], Any]) -> None:
    def lacking(labels: Mapping[str, str] | None) -> list[str]:
        return list(missing_labels(as_shown({"metadata": {"name": "x", "labels": labels}})))

    every = [f"{label}: {value}" for label, value in POD_SECURITY.items()]
    assert every
    assert lacking(POD_SECURITY) == []
    assert lacking({**POD_SECURITY, "team": "a"}) == []
    assert lacking(None) == lacking({}) == every
    assert list(missing_labels(as_shown({"metadata": {"name": "x"}}))) == every
    for number, label in enumerate(POD_SECURITY):
        assert lacking({**POD_SECURITY, label: "baseline"}) == [every[number]]


# --- as a policy pack -----------------------------------------------------------------------------

STATE_PROGRAM = """#!{python} -I
import json, sys
from pathlib import Path

assert sys.argv[1:] == ["stack", "export", "--stack", "devex"], sys.argv
print(Path(__file__).with_name("state.json").read_text())
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], None]]:
    """Sets what a program in place of `pulumi` exports."""
    program = tmp_path / "pulumi"
    program.write_text(STATE_PROGRAM.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PULUMI_STACK", "devex")
    forget = cast(Any, policies)._state.cache_clear
    forget()

    def exports(exported: Any) -> None:
        (tmp_path / "state.json").write_text(json.dumps(exported))

    yield exports
    forget()


def policy(name: str) -> Any:
    [found] = [each for each in POLICIES if each.name == name]
    return found


def arguments(
    kind: str, name: str, props: Any, place: str = "tablepromise:infra:Controllers"
) -> ResourceValidationArgs:
    return ResourceValidationArgs(
        kind, props, urn(kind, name, place), name, opts=cast(Any, None), provider=None
    )


def violations(
    name: str, kind: str, props: dict[str, Any], place: str = "tablepromise:infra:Configs"
) -> list[str]:
    """What a policy says of a resource."""
    found: list[str] = []

    def report(message: str, urn: str | None = None) -> None:
        assert urn is None
        found.append(message)

    proxy = unknown_checking_proxy(props)
    policy(name).validate(arguments(kind, "versitygw/data", proxy, place), report)
    return found


def test_a_volume_in_another_component_is_not_replaced(state: Callable[[Any], None]) -> None:
    old = resource(CLAIM, "versitygw/data", **VOLUME)
    state({"deployment": {"resources": [old]}})
    assert violations("no-data-replaced", CLAIM, old["inputs"]) == []
    new = resource(CLAIM, "versitygw/data", **{**VOLUME, "storageClassName": "slow"})
    for place in ("tablepromise:infra:Controllers", "tablepromise:infra:Configs"):
        [message] = violations("no-data-replaced", CLAIM, new["inputs"], place)
        assert message.startswith(
            "PersistentVolumeClaim versitygw/data would be replaced, as spec.storageClassName "
        )
        assert '{"no-data-replaced": "advisory"}' in message


@pytest.mark.parametrize("exported", [{}, {"deployment": None}, {"deployment": {}}], ids=str)
def test_a_new_stack_has_nothing_to_lose(
    state: Callable[[Any], None], exported: dict[str, Any]
) -> None:
    state(exported)
    new = resource(CLAIM, "versitygw/data", **VOLUME)
    assert violations("no-data-replaced", CLAIM, new["inputs"]) == []


def test_what_is_deleted_is_named(state: Callable[[Any], None]) -> None:
    state({"deployment": {"resources": STATE}})
    found: list[str] = []
    kept = type("Args", (), {"resources": [type("Kept", (), {"urn": STATE[1]["urn"]})]})

    def report(message: str, urn: str | None = None) -> None:
        assert urn is None
        found.append(message)

    policy("no-data-deleted").validate(kept, report)
    [message] = found
    assert message.startswith("PersistentVolumeClaim versitygw/data would be deleted: ")
    assert '{"no-data-deleted": "advisory"}' in message


def test_each_policy_looks_at_what_it_is_for() -> None:
    assert violations("pinned-images", POD, {"spec": {"containers": [{"image": "python"}]}}) == [
        "spec.containers[0].image: python is not pinned; set a full version or a digest"
    ]
    [message] = violations("no-plain-credential", POD, {"data": {"file": KEY_ID}})
    assert message.startswith("data.file has a credential in plain text")
    assert KEY_ID not in message
    # its content is encrypted instead
    assert not violations("no-plain-credential", SECRET, {"stringData": {"file": KEY_ID}})
    lacking = {"metadata": {"name": "x"}}
    for kind, expected in ((NAMESPACE, 3), (f"{NAMESPACE}Patch", 3), (POD, 0)):
        assert len(violations("restricted-namespaces", kind, lacking)) == expected


def by_engine(value: object) -> dict[str, Any]:
    """What the engine sends for an encrypted value."""
    return {"4dabf18193072939515e22adb298388d": SECRET_SIGNATURE, "value": value}


def encrypted(kind: str, sent: dict[str, Any]) -> Any:
    """What Pulumi is to take instead of what was sent; None to leave it."""
    proxy = unknown_checking_proxy(deserialize_properties(sent, True))
    return policy("secrets-encrypted").remediate(arguments(kind, "x", proxy))


def test_what_a_secret_has_in_plain_is_encrypted() -> None:
    metadata = {"name": "x", "labels": {"a": "b"}}
    found = encrypted(SECRET, {"kind": "Secret", "metadata": metadata, "stringData": {"a": "b"}})
    assert serialize_properties(found) == {
        "kind": "Secret",
        "metadata": metadata,
        "stringData": by_engine({"a": "b"}),
    }


def test_what_is_encrypted_already_stays_so() -> None:
    sent = {"data": by_engine({"a": "b"}), "type": by_engine("Opaque"), "stringData": {"a": "b"}}
    found = encrypted(SECRET, sent)
    assert serialize_properties(found) == sent | {"stringData": by_engine({"a": "b"})}


@pytest.mark.parametrize(
    "content",
    [{}, {"stringData": by_engine({"a": "b"})}, {"data": {"a": by_engine("b")}}],
    ids=["empty", "whole", "by key"],
)
def test_what_is_encrypted_is_left(content: dict[str, Any]) -> None:
    assert encrypted(SECRET, {"metadata": {"name": "x"}} | content) is None


def test_only_secrets_are_encrypted() -> None:
    assert encrypted("kubernetes:core/v1:ConfigMap", {"data": {"a": "b"}}) is None


# --- the stacks -----------------------------------------------------------------------------------

RULES = ("no-plain-credential", "pinned-images", "restricted-namespaces")
"""Those that need to know nothing but the resource."""


@pytest.fixture(scope="module", params=sorted(targets()))
def registered(request: pytest.FixtureRequest) -> list[Registered]:
    return run(request.param, configured(request.param), preview=True)


def with_secrets(value: Any) -> Any:
    """What the engine is sent, with `Secret` for what it is to encrypt."""
    if isinstance(value, list):
        return [with_secrets(item) for item in cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    mapping = cast(dict[str, Any], value)
    if mapping.get("4dabf18193072939515e22adb298388d") == SECRET_SIGNATURE:
        return Secret(mapping["value"])
    return {key: with_secrets(item) for key, item in mapping.items()}


def test_no_stack_breaks_a_rule(registered: list[Registered]) -> None:
    broken: list[str] = []
    for r in registered:
        for rule in RULES:
            broken += [f"{r.name}: {found}" for found in violations(rule, r.type, r.inputs)]
        broken += [
            f"{r.name}: {path} in plain" for path in plain_credentials(r.type, with_secrets(r.raw))
        ]
    assert not broken


def test_keys_of_a_stack_are_encrypted_by_itself() -> None:
    keys = {"accessKeyId": KEY_ID, "secretAccessKey": "key"}
    found = run("aws", configured("aws", aws=keys), ("aws",), preview=True)
    secrets = [r for r in found if r.type == SECRET]
    assert secrets
    for r in found:
        assert not list(plain_credentials(r.type, with_secrets(r.raw))), r.name


def test_the_rules_are_of_both_kinds_and_have_names_of_their_own() -> None:
    assert len({each.name for each in POLICIES}) == len(POLICIES)
    assert {type(each) for each in POLICIES} == {ResourceValidationPolicy, StackValidationPolicy}


def test_what_a_preview_does_not_know_is_passed_over() -> None:
    props = unknown_checking_proxy({"namespace": UNKNOWN_STRING_VALUE, "image": "python"})
    assert list(unpinned_images(props)) == [".image: python"]
    assert not list(plain_credentials(POD, props))
