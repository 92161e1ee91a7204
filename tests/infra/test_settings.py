"""What a stack's file may say, what that means, and what is refused."""

import base64
import json
import random
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
import yaml
from stack_program import configured, run

from infra import settings
from infra.app import build
from infra.settings import (
    PROJECT,
    ROOT,
    SettingError,
    Settings,
    credentials,
    declared,
    defaults,
    parse,
    read,
    targets,
)
from infra.settings.groups import AWS_SECRET
from infra.settings.store import STORE_SECRET, StoreKeys
from infra.targets import Existing, InCluster, K3d, Mirror, Target
from tablepromise.platform import (
    S3,
    ClusterNetwork,
    Emulator,
    ExistingSecret,
    ExternalSecret,
    Git,
    IamRole,
    Peer,
    Repository,
    SealedSecret,
    pipeline_image,
)
from tablepromise.request import Quotas
from tablepromise.request.partitions import PARTITIONS

CANARY = "CANARY-51d0"
ROLE = "arn:aws:iam::123456789012:role/tables"
SEALED = base64.b64encode((512).to_bytes(2, "big") + bytes(520)).decode()

NO_DEFAULT: dict[str, Any] = {
    "region": "eu-west-1",
    "aws": {"emulator": "moto"},
    "teams": ["team"],
}
"""All that has no default."""

REQUIRED: dict[str, Any] = {**NO_DEFAULT, "registry": "registry.example.com/tablepromise"}
"""And what an existing cluster needs."""

TARGET = Target(
    name="x",
    environment="development",
    region="eu-west-1",
    repository=Repository(url="https://git.example.com/platform/tables.git"),
    teams=("team",),
    aws="moto",
    image=pipeline_image.reference("registry.example.com/tablepromise"),
)
"""What it means."""


def parsed(**changes: object) -> Settings:
    """The settings of a stack from the values of its file."""
    return parse("x", as_text(decrypted(defaults(ROOT) | REQUIRED | changes)))


def as_text(values: Mapping[str, object]) -> dict[str, str]:
    """As Pulumi has values."""
    return {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


def secret(text: str) -> dict[str, str]:
    """A value that `pulumi config set --secret` encrypted."""
    return {"secure": f"{CANARY}-{text}"}


def decrypted(value: Any) -> Any:
    """As Pulumi gives it to a program."""
    if not isinstance(value, dict):
        return value
    mapping = cast(dict[str, Any], value)
    if mapping.keys() == {"secure"}:
        return mapping["secure"]
    return {key: decrypted(item) for key, item in mapping.items()}


def written(folder: Path, text: str) -> Path:
    """A project with a stack `x`."""
    (folder / "stacks").mkdir(exist_ok=True)
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    (folder / "stacks/Pulumi.x.yaml").write_text(text)
    return folder


def project(folder: Path, values: Mapping[str, object]) -> Path:
    """A project with a stack `x` that is told these."""
    config = {f"{PROJECT}:{key}": value for key, value in values.items()}
    return written(folder, yaml.safe_dump({"config": config}))


# --- the project ----------------------------------------------------------------------------------


def test_every_stack_of_the_repository_is_a_target() -> None:
    found = targets()
    files = {file.name for file in (ROOT / "stacks").glob("*.yaml")}
    assert files == {f"Pulumi.{name}.yaml" for name in found}
    for name, target in found.items():
        assert target.name == name
        assert target == read(ROOT, name)


@pytest.mark.parametrize("key", declared())
def test_every_setting_says_its_type_and_what_it_is(key: str) -> None:
    said = declared()[key]
    assert said["description"].strip()
    types = {"string": str, "boolean": bool, "array": list, "object": dict}
    assert said.keys() <= {"type", "description", "default", "items"}
    if "default" in said:
        assert type(said["default"]) is types[said["type"]]
    else:
        assert key in REQUIRED


GROUPS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("k3d", {}, {"cluster": "k3d", "clusterName": "a"}),
    ("aws", {}, {}),
    ("store", {}, {}),
    ("store", {"bucket": "b", "endpoint": "e"}, {}),
    ("store", {"url": "https://git.example.com/x.git"}, {}),
    ("mirror", {}, {}),
    ("quotas", {}, {}),
    ("apiServer", {}, {}),
    ("repository", {"url": "https://git.example.com/x.git"}, {}),
]
"""Groups of settings: where they are, what tells which one it is, and what makes it be read."""


@pytest.mark.parametrize(("key", "value", "beside"), GROUPS)
def test_a_key_that_there_is_not_is_refused_and_those_that_there_are_described(
    key: str, value: dict[str, Any], beside: dict[str, Any]
) -> None:
    with pytest.raises(SettingError) as caught:
        parsed(**beside, **{key: value | {"nonsense": 1}})
    assert caught.value.key == f"{key}.nonsense"
    text = str(caught.value)
    assert text.startswith(f"{key}.nonsense: there is no such setting, allowed: ")
    for name in text.partition("allowed: ")[2].split(", "):
        assert re.search(rf"\b{name}\b", declared()[key]["description"]), name


# --- what is allowed ------------------------------------------------------------------------------

EXTERNAL: dict[str, Any] = {"name": "n", "store": "vault", "key": "k"}
READ_EXTERNAL: dict[str, Any] = {"name": "r", "store": "vault", "key": "k2"}
BUCKET: dict[str, Any] = {"bucket": "state", "endpoint": "s3.example.com:9000"}
HTTPS: dict[str, Any] = {"url": "https://git.example.com/state.git"}
SSH: dict[str, Any] = {"url": "ssh://git@git.example.com/state.git"}
AWS_KEYS = {"accessKeyId": secret("id"), "secretAccessKey": secret("key")}
PASSWORD = {**HTTPS, "username": "me", "password": secret("password")}
SSH_KEY = {**SSH, "sshPrivateKey": secret("ssh"), "knownHosts": "git.example.com ssh-ed25519 A"}
READ_KEYS = {"readAccessKeyId": secret("rid"), "readSecretAccessKey": secret("rkey")}
READ_PASSWORD = {"readUsername": "reader", "readPassword": secret("rpassword")}
READ_SSH_KEY = {"readSshPrivateKey": secret("rssh"), "readKnownHosts": "x ssh-ed25519 B"}
READ_ROLE = "arn:aws:iam::123456789012:role/reader"
OURS = ExistingSecret(name=STORE_SECRET)

Form = tuple[dict[str, Any], dict[str, Any], dict[str, str]]
"""Values of the file; what differs in the target; keys that become Secrets: by `write` and Kratix's
names, by `read` and Flux's names or, of AWS, in the order of a credentials file."""

FORMS: dict[str, Form] = {
    "required": ({}, {}, {}),
    "every other value": (
        {
            "environment": "production",
            "region": "us-east-1",
            "quotas": {"globalIndexes": 30},
            "accountId": "012345678901",
            "teams": ["a", "b"],
            "offers": ["kubevela", "promise"],
            "certManager": False,
            "examples": True,
            "protect": False,
        },
        {
            "environment": "production",
            "region": "us-east-1",
            "quotas": Quotas(global_indexes=30),
            "account_id": "012345678901",
            "teams": ("a", "b"),
            "offers": ("kubevela", "promise"),
            "cert_manager": False,
            "examples": True,
            "protect": False,
        },
        {},
    ),
    # --- cluster ---
    "a cluster that is there": (
        {"cluster": "existing", "context": "prod", "kubeconfig": "~/.kube/prod"},
        {"cluster": Existing(context="prod", kubeconfig="~/.kube/prod")},
        {},
    ),
    "k3d": ({"cluster": "k3d", "clusterName": "a"}, {"cluster": K3d(name="a")}, {}),
    "k3d with all": (
        {
            "cluster": "k3d",
            "clusterName": "a-1",
            "k3d": {
                "agents": 2,
                "ports": ["8080:80", "127.0.0.1:443:443/udp@agent:1:direct"],
                "registry": "registry.localhost",
                "hostIP": "0.0.0.0",  # noqa: S104  a setting
            },
        },
        {
            "cluster": K3d(
                name="a-1",
                agents=2,
                ports=(
                    "0.0.0.0:8080:80/tcp@loadbalancer",
                    "127.0.0.1:443:443/udp@agent:1:direct",
                ),
                registry="registry.localhost",
                host_ip="0.0.0.0",  # noqa: S104  a setting
            )
        },
        {},
    ),
    # --- aws ---
    "moto": ({"aws": {"emulator": "moto"}}, {"aws": "moto"}, {}),
    "localstack": ({"aws": {"emulator": "localstack"}}, {"aws": "localstack"}, {}),
    "an emulator elsewhere": (
        {"aws": {"endpoint": "http://10.0.0.1:5000"}},
        {"aws": Emulator(url="http://10.0.0.1:5000")},
        {},
    ),
    "a role": ({"aws": {"roleArn": ROLE}}, {"aws": IamRole(arn=ROLE)}, {}),
    "a secret": ({"aws": {"secret": "s"}}, {"aws": ExistingSecret(name="s")}, {}),
    "an external secret": (
        {"aws": {"externalSecret": {**EXTERNAL, "refresh": "5m"}}},
        {"aws": ExternalSecret(name="n", store="vault", key="k", refresh="5m")},
        {},
    ),
    "a sealed secret": (
        {"aws": {"sealedSecret": {"name": "n", "encrypted": {"credentials": SEALED}}}},
        {"aws": SealedSecret(name="n", encrypted={"credentials": SEALED})},
        {},
    ),
    "keys": (
        {"aws": AWS_KEYS},
        {"aws": ExistingSecret(name=AWS_SECRET)},
        {"0": f"{CANARY}-id", "1": f"{CANARY}-key"},
    ),
    # --- store ---
    "a volume": (
        {"store": {"size": "5Gi", "storageClass": "fast"}},
        {"store": InCluster(size="5Gi", storage_class="fast")},
        {},
    ),
    "a bucket by role": (
        {"store": {**BUCKET, "region": "eu-west-1", "interval": "1m", "roleArn": ROLE}},
        {"store": S3(**BUCKET, region="eu-west-1", interval="1m", identity=IamRole(arn=ROLE))},
        {},
    ),
    "a bucket by secret": (
        {"store": {**BUCKET, "plainHttp": True, "secret": "s"}},
        {"store": S3(**BUCKET, plain_http=True, identity=ExistingSecret(name="s"))},
        {},
    ),
    "a bucket by external secret": (
        {"store": {**BUCKET, "externalSecret": EXTERNAL}},
        {"store": S3(**BUCKET, identity=ExternalSecret(**EXTERNAL))},
        {},
    ),
    "a bucket by keys": (
        {"store": {**BUCKET, **AWS_KEYS}},
        {"store": S3(**BUCKET, identity=OURS)},
        {
            "write.accessKeyID": f"{CANARY}-id",
            "write.secretAccessKey": f"{CANARY}-key",
            "read.accesskey": f"{CANARY}-id",
            "read.secretkey": f"{CANARY}-key",
        },
    ),
    "a bucket by two roles": (
        {"store": {**BUCKET, "roleArn": ROLE, "readRoleArn": READ_ROLE}},
        {"store": S3(**BUCKET, identity=IamRole(arn=ROLE), read_identity=IamRole(arn=READ_ROLE))},
        {},
    ),
    "a bucket by two secrets": (
        {"store": {**BUCKET, "secret": "s", "readSecret": "r"}},
        {
            "store": S3(
                **BUCKET,
                identity=ExistingSecret(name="s"),
                read_identity=ExistingSecret(name="r"),
            )
        },
        {},
    ),
    "a bucket by two external secrets": (
        {"store": {**BUCKET, "externalSecret": EXTERNAL, "readExternalSecret": READ_EXTERNAL}},
        {
            "store": S3(
                **BUCKET,
                identity=ExternalSecret(**EXTERNAL),
                read_identity=ExternalSecret(**READ_EXTERNAL),
            )
        },
        {},
    ),
    "a bucket by two pairs of keys": (
        {"store": {**BUCKET, **AWS_KEYS, **READ_KEYS}},
        {"store": S3(**BUCKET, identity=OURS, read_identity=OURS)},
        {
            "write.accessKeyID": f"{CANARY}-id",
            "write.secretAccessKey": f"{CANARY}-key",
            "read.accesskey": f"{CANARY}-rid",
            "read.secretkey": f"{CANARY}-rkey",
        },
    ),
    "a bucket by keys, read by a role": (
        {"store": {**BUCKET, **AWS_KEYS, "readRoleArn": READ_ROLE}},
        {"store": S3(**BUCKET, identity=OURS, read_identity=IamRole(arn=READ_ROLE))},
        {
            "write.accessKeyID": f"{CANARY}-id",
            "write.secretAccessKey": f"{CANARY}-key",
        },
    ),
    "git by two passwords": (
        {"store": {**PASSWORD, "caCertificate": "PEM", **READ_PASSWORD}},
        {"store": Git(**HTTPS, secret=OURS, read_secret=OURS)},
        {
            "write.username": "me",
            "write.password": f"{CANARY}-password",
            "read.username": "reader",
            "read.password": f"{CANARY}-rpassword",
            "read.ca.crt": "PEM",
        },
    ),
    "git by two ssh keys": (
        {"store": {**SSH_KEY, **READ_SSH_KEY}},
        {"store": Git(**SSH, secret=OURS, read_secret=OURS)},
        {
            "write.sshPrivateKey": f"{CANARY}-ssh",
            "write.knownHosts": "git.example.com ssh-ed25519 A",
            "read.identity": f"{CANARY}-rssh",
            "read.known_hosts": "x ssh-ed25519 B",
        },
    ),
    "git by password, read by a secret": (
        {"store": {**PASSWORD, "readSecret": "r"}},
        {"store": Git(**HTTPS, secret=OURS, read_secret=ExistingSecret(name="r"))},
        {"write.username": "me", "write.password": f"{CANARY}-password"},
    ),
    "git by secret": (
        {"store": {**SSH, "branch": "b", "interval": "1m", "secret": "s"}},
        {"store": Git(**SSH, branch="b", interval="1m", secret=ExistingSecret(name="s"))},
        {},
    ),
    "git by external secret": (
        {"store": {**HTTPS, "externalSecret": EXTERNAL}},
        {"store": Git(**HTTPS, secret=ExternalSecret(**EXTERNAL))},
        {},
    ),
    "git by password": (
        {"store": {**PASSWORD, "caCertificate": "PEM"}},
        {"store": Git(**HTTPS, secret=OURS)},
        {
            "write.username": "me",
            "write.password": f"{CANARY}-password",
            "read.username": "me",
            "read.password": f"{CANARY}-password",
            "read.ca.crt": "PEM",
        },
    ),
    "git by ssh": (
        {"store": SSH_KEY},
        {"store": Git(**SSH, secret=OURS)},
        {
            "write.sshPrivateKey": f"{CANARY}-ssh",
            "write.knownHosts": "git.example.com ssh-ed25519 A",
            "read.identity": f"{CANARY}-ssh",
            "read.known_hosts": "git.example.com ssh-ed25519 A",
        },
    ),
    # --- the rest ---
    "a mirror": (
        {"mirror": {"charts": "oci://r/c", "plainHttp": True, "images": {"quay.io": "r"}}},
        {"mirror": Mirror(charts="oci://r/c", plain_http=True, images={"quay.io": "r"})},
        {},
    ),
    "the cluster's network": (
        {
            "apiServer": {"cidrs": ["10.43.0.1/32", "fd00::/64"], "ports": [443]},
            "monitoring": ["metrics"],
        },
        {
            "network": ClusterNetwork(
                api_server=Peer(cidrs=("10.43.0.1/32", "fd00::/64"), ports=(443,)),
                monitoring=("metrics",),
            )
        },
        {},
    ),
    "ports of the API server": (
        {"apiServer": {"cidrs": ["10.0.0.0/8"]}},
        {"network": ClusterNetwork(api_server=Peer(cidrs=("10.0.0.0/8",), ports=(443, 6443)))},
        {},
    ),
    "a repository": (
        {"repository": {"url": "ssh://git@x/y", "branch": "b", "secret": "s"}},
        {"repository": Repository(url="ssh://git@x/y", branch="b", secret="s")},
        {},
    ),
}

forms = pytest.mark.parametrize(("values", "parts", "keys"), FORMS.values(), ids=FORMS)


@forms
def test_what_is_said_is_what_is_meant(
    values: dict[str, Any], parts: dict[str, Any], keys: dict[str, str]
) -> None:
    found = parsed(**values)
    for field in Target.__dataclass_fields__:
        assert getattr(found.target, field) == parts.get(field, getattr(TARGET, field)), field
    if found.aws_keys:
        assert dict(zip("01", found.aws_keys, strict=True)) == keys
        assert found.store_keys == StoreKeys()
    else:
        sides = {"write": found.store_keys.write, "read": found.store_keys.read}
        assert {f"{side}.{k}": v for side, held in sides.items() for k, v in held.items()} == keys


@forms
def test_synth_and_the_program_are_of_one_target(
    values: dict[str, Any], parts: dict[str, Any], keys: dict[str, str], tmp_path: Path
) -> None:
    del parts, keys
    values = REQUIRED | values
    target = parsed(**values).target
    assert read(project(tmp_path, values), "x") == target
    # as Pulumi writes the file when it changes another value
    texts = {"true": True, "false": False}
    by_pulumi = {
        key: next((text for text, truth in texts.items() if value is truth), value)
        for key, value in values.items()
    }
    assert read(project(tmp_path, by_pulumi), "x") == target


@pytest.mark.parametrize("name", ["username", "knownHosts", "caCertificate"])
def test_what_need_not_be_encrypted_may_be(name: str, tmp_path: Path) -> None:
    store = {**(SSH_KEY if name == "knownHosts" else PASSWORD), name: secret("more")}
    values = REQUIRED | {"store": store}
    assert read(project(tmp_path, values), "x") == parsed(**values).target


@pytest.mark.parametrize("region", PARTITIONS)
def test_a_target_is_in_any_region_and_offers_any(region: str) -> None:
    assert parsed(region=region).target.table_regions.default == region
    offered = parsed(regions=[region]).target.table_regions
    assert (offered.default, offered.allowed[0]) == ("eu-west-1", region)


@pytest.mark.parametrize("name", ["a", "0", "a-b", "a" * 58])
def test_a_stack_may_have_any_name_that_a_label_may_have(name: str) -> None:
    assert parse(name, as_text(defaults(ROOT) | REQUIRED)).target.name == name


@pytest.mark.parametrize("name", ["a", "0", "a-b", "a" * 61, "promises", "default"])
def test_a_team_may_have_any_name_that_is_free(name: str) -> None:
    assert parsed(teams=[name]).target.teams == (name,)


@pytest.mark.parametrize("name", ["arn:aws:eks:eu-west-1:1:cluster/a", "me@a b", "kind-ä"])
def test_a_context_may_have_any_name_of_one_line(name: str) -> None:
    assert parsed(context=name).target.cluster == Existing(context=name)


def test_another_project_has_settings_of_its_own(tmp_path: Path) -> None:
    text = yaml.safe_dump(
        {
            "config": {f"{PROJECT}:{key}": value for key, value in REQUIRED.items()}
            | {"kubernetes:context": "x"},
            "encryptionsalt": "v1:x",
        }
    )
    assert read(written(tmp_path, text), "x") == TARGET


# --- what is refused ------------------------------------------------------------------------------

IN_K3D = {"cluster": "k3d", "clusterName": "a"}

API = {"cidrs": ["10.0.0.1/32"]}

REFUSED: list[tuple[dict[str, Any], str, str, str]] = [
    # values, setting, what it got, what is allowed
    ({"nonsense": "x"}, "nonsense", "no such setting", "cluster, clusterName, k3d"),
    ({"accountID": "1"}, "accountID", "no such setting", "accountId"),
    ({"region": "mars-1"}, "region", "mars-1", "eu-west-1"),
    ({"region": ""}, "region", "''", "eu-west-1"),
    ({"region": ["eu-west-1"]}, "region", '["eu-west-1"]', "eu-west-1"),
    # an account that lost its quotes loses its zero
    ({"accountId": 12345678901}, "accountId", "12345678901", "12 digits, in quotes"),
    ({"accountId": "12345678901a"}, "accountId", "12345678901a", "12 digits"),
    ({"accountId": "1234567890123"}, "accountId", "1234567890123", "12 digits"),
    ({"accountId": "١٢٣٤٥٦٧٨٩٠١٢"}, "accountId", "١٢", "12 digits"),
    # --- types ---
    # what could hold a credential is not repeated
    ({"aws": "moto"}, "aws", "", "object"),
    ({"aws": ["moto"]}, "aws", "", "object"),
    ({"store": 5}, "store", "", "object"),
    ({"mirror": "oci://x"}, "mirror", "", "object"),
    ({"repository": "https://x"}, "repository", "", "object"),
    ({"k3d": []}, "k3d", "", "object"),
    ({"teams": "team"}, "teams", "team", "array"),
    ({"teams": {"team": True}}, "teams", "team", "array"),
    ({"teams": ["team", 5]}, "teams[1]", "5", "the name of a namespace"),
    ({"teams": ["A B"]}, "teams[0]", "A B", "the name of a namespace"),
    ({"teams": ["a", "a"]}, "teams", "twice", "once"),
    ({"teams": ["a", "flux-system"]}, "teams[1]", "flux-system", "a namespace of the team's own"),
    ({"teams": ["kube-system"]}, "teams[0]", "kube-system", "a namespace of the team's own"),
    ({"teams": ["a" * 62]}, "teams[0]", "64 characters", "at most 63: the stack's name, a dash"),
    ({"offers": "promise"}, "offers", "promise", "array"),
    ({"offers": []}, "offers", "lacks promise", "promise, and others"),
    ({"offers": ["kro"]}, "offers", "lacks promise", "promise, and others"),
    ({"offers": ["promise", "kro", "promise"]}, "offers", "twice", "once"),
    ({"offers": ["promise", "Kro"]}, "offers[1]", "Kro", "promise, kro, crossplane, kubevela"),
    ({"offers": ["promise", {"kro": 1}]}, "offers[1]", "kro", "promise, kro, crossplane, kubevela"),
    ({"environment": "a b"}, "environment", "a b", "label"),
    ({"examples": "yes"}, "examples", "yes", "boolean"),
    ({"examples": 1}, "examples", "1", "boolean"),
    ({"certManager": ""}, "certManager", "''", "boolean"),
    ({"aws": {"roleArn": 5}}, "aws.roleArn", "int", "str"),
    ({"aws": {"externalSecret": "n"}}, "aws.externalSecret", "str", "object"),
    ({"aws": {"externalSecret": {"name": "n"}}}, "aws.externalSecret.store", "missing", "value"),
    ({"store": {"size": 5}}, "store.size", "int", "str"),
    ({"store": {**BUCKET, "plainHttp": "true"}}, "store.plainHttp", "str", "bool"),
    ({"mirror": {"plainHttp": 1}}, "mirror.plainHttp", "int", "bool"),
    ({"mirror": {"images": ["x"]}}, "mirror.images", "array", "object"),
    ({"repository": {"url": None}}, "repository.url", "null", "str"),
    ({**IN_K3D, "k3d": {"agents": "2"}}, "k3d.agents", "str", "int"),
    ({**IN_K3D, "k3d": {"ports": "80:80"}}, "k3d.ports", "str", "array"),
    ({"apiServer": "10.0.0.1/32"}, "apiServer", "", "object"),
    ({"apiServer": {"cidrs": "10.0.0.1/32"}}, "apiServer.cidrs", "str", "array"),
    ({"apiServer": {**API, "ports": ["443"]}}, "apiServer.ports[0]", "str", "int"),
    ({"monitoring": "metrics"}, "monitoring", "metrics", "array"),
    ({"monitoring": ["A B"]}, "monitoring[0]", "A B", "the name of a namespace"),
    ({"monitoring": ["a", "a"]}, "monitoring", "twice", "once"),
    # --- what must be there ---
    ({"apiServer": {"ports": [443]}}, "apiServer.cidrs", "missing", "value"),
    ({"apiServer": {"cidrs": []}}, "apiServer.cidrs", "empty", "at least one"),
    ({"apiServer": {**API, "ports": []}}, "apiServer.ports", "empty", "at least one"),
    ({"repository": {}}, "repository.url", "missing", "value"),
    ({"store": {"bucket": "b", "secret": "s"}}, "store.endpoint", "missing", "value"),
    ({"teams": []}, "teams", "is empty", "at least one"),
    # --- choices ---
    ({"apiServer": {"cidrs": ["10.0.0.7"]}}, "apiServer.cidrs[0]", "10.0.0.7", "10.0.0.7/32"),
    ({"apiServer": {"cidrs": ["10.0.0.7/8"]}}, "apiServer.cidrs[0]", "10.0.0.7/8", "10.0.0.0/16"),
    ({"apiServer": {"cidrs": ["api.local/32"]}}, "apiServer.cidrs[0]", "api.local", "10.0.0.0/16"),
    ({"apiServer": {**API, "ports": [80800]}}, "apiServer.ports[0]", "80800", "1 to 65535"),
    ({"aws": {"emulator": "minio"}}, "aws.emulator", "minio", "moto, localstack"),
    ({"aws": {"endpoint": "10.0.0.1:5000"}}, "aws.endpoint", "10.0.0.1:5000", "http(s)://"),
    ({"aws": {"endpoint": "ftp://x"}}, "aws.endpoint", "ftp://x", "http(s)://"),
    ({"aws": {"endpoint": "http://x/y"}}, "aws.endpoint", "http://x/y", "http(s)://"),
    ({"aws": {}}, "aws", "none", "emulator, endpoint, roleArn"),
    ({"aws": {"emulator": "moto", "roleArn": ROLE}}, "aws", "emulator and roleArn", "exactly one"),
    ({"aws": {"secret": "s", **AWS_KEYS}}, "aws", "secret and accessKeyId", "exactly one"),
    ({"store": BUCKET}, "store", "none", "roleArn, secret"),
    ({"store": {**BUCKET, "secret": "s", "roleArn": ROLE}}, "store", "roleArn and", "exactly one"),
    ({"store": HTTPS}, "store", "none", "secret, externalSecret, password"),
    (
        {"store": {**PASSWORD, "sshPrivateKey": secret("x"), "knownHosts": "x"}},
        "store",
        "password and sshPrivateKey",
        "exactly one",
    ),
    ({"store": {**BUCKET, "size": "1Gi"}}, "store.size", "no such setting", "bucket"),
    ({"store": {**BUCKET, **HTTPS}}, "store.url", "no such setting", "bucket"),
    ({"cluster": "kind"}, "cluster", "kind", "existing, k3d"),
    # --- pairs ---
    ({"aws": {"accessKeyId": secret("x")}}, "aws.secretAccessKey", "missing", "both"),
    (
        {"aws": {"roleArn": ROLE, "secretAccessKey": secret("x")}},
        "aws.accessKeyId",
        "missing",
        "both",
    ),
    (
        {"store": {**BUCKET, "accessKeyId": secret("x")}},
        "store.secretAccessKey",
        "missing",
        "both accessKeyId and secretAccessKey",
    ),
    ({"store": {**HTTPS, "password": secret("x")}}, "store.username", "missing", "both"),
    ({"store": {**HTTPS, "secret": "s", "username": "x"}}, "store.password", "missing", "both"),
    ({"store": {**SSH, "sshPrivateKey": secret("x")}}, "store.knownHosts", "missing", "both"),
    # --- what a part of the target judges ---
    ({"aws": {"roleArn": "tables"}}, "aws.roleArn", "tables", "arn:aws:iam::<12 digits>"),
    ({"store": {**BUCKET, "roleArn": "x"}}, "store.roleArn", "'x'", "arn:aws:iam::<12 digits>"),
    (
        {"store": {**BUCKET, "endpoint": "https://s3.example.com", "secret": "s"}},
        "store.endpoint",
        "https://s3.example.com",
        "host or host:port",
    ),
    ({"store": {"url": "http://x/y", "secret": "s"}}, "store.url", "http://x/y", "https://"),
    (
        {"store": {**HTTPS, "sshPrivateKey": secret("x"), "knownHosts": "x"}},
        "store.sshPrivateKey",
        "does not fit",
        "a key with ssh://",
    ),
    (
        {"aws": {"sealedSecret": {"name": "n", "encrypted": {"credentials": "plain"}}}},
        "aws.sealedSecret",
        "not sealed",
        "kubeseal",
    ),
    # --- k3d ---
    ({**IN_K3D, "clusterName": ""}, "clusterName", "''", "1 to 32"),
    ({**IN_K3D, "clusterName": "Dev"}, "clusterName", "Dev", "a-z, 0-9 and -"),
    ({**IN_K3D, "clusterName": "a-"}, "clusterName", "a-", "a-z, 0-9 and -"),
    ({**IN_K3D, "clusterName": "a" * 33}, "clusterName", "a" * 33, "1 to 32"),
    ({**IN_K3D, "k3d": {"agents": -1}}, "k3d.agents", "-1", "0 or more"),
    ({**IN_K3D, "k3d": {"hostIP": "localhost"}}, "k3d.hostIP", "localhost", "IPv4 address"),
    ({**IN_K3D, "k3d": {"hostIP": "::1"}}, "k3d.hostIP", "::1", "IPv4 address"),
    *(
        ({**IN_K3D, "k3d": {"registry": name}}, "k3d.registry", name[-40:], "a host name")
        for name in ("", "My", "a_b", "-a", "a..b", "a/b", "a:5000", "a" * 64, "k3d-a-server-0")
    ),
    *(
        (
            {**IN_K3D, "k3d": {"ports": ["1:1", port], "agents": 1}},
            "k3d.ports[1]",
            got,
            "1 to 65535",
        )
        for port, got in {
            "80800:80": "the port 80800",
            "80:80800": "the port 80800",
            "0:80": "the port 0",
            "90-80:90-80": "the port 90-80",
            "80-81:80-82": "different length",
            "80": "not a port mapping",
            "80:": "not a port mapping",
            "a:b": "not a port mapping",
            "80:80\n": "not a port mapping",
            "\uff18\uff10:80": "not a port mapping",
            "localhost:80:80": "not a port mapping",
            "80:80/sctp": "the protocol 'sctp'",
            "80:80@": "not a port mapping",
            "80:80@nobody": "the node filter 'nobody'",
            "80:80@server:0;x": "the node filter",
            "80:80@server:1": "is for server:1, and there are 1",
            "80:80@agent:1": "is for agent:1, and there are 1",
            "1:2": "a host port of another mapping",
        }.items()
    ),
    (
        {**IN_K3D, "k3d": {"ports": ["80:80@agent:*"]}},
        "k3d.ports[0]",
        "there are 0 such nodes",
        "NODES",
    ),
    (
        {**IN_K3D, "k3d": {"ports": ["80:80@agent:*:direct"], "agents": 2}},
        "k3d.ports[0]",
        "direct",
        "NODES",
    ),
    ({**IN_K3D, "k3d": {"ports": ["1.2.3:80:80"]}}, "k3d.ports[0]", "1.2.3", "IPv4 address"),
    ({**IN_K3D, "k3d": {"ports": ["1.2.3.256:80:80"]}}, "k3d.ports[0]", "1.2.3.256", "IPv4"),
    # --- names that others begin with ---
    *(
        (
            {"teams": [name]},
            "teams[0]",
            "belongs to Kubernetes or the platform",
            "of the team's own",
        )
        for name in ("kube-system", "flux-system", "moto", "state-store", "tablepromise-system")
    ),
    ({"context": "a\nb"}, "context", "'a\\nb'", "without line breaks"),
    ({"context": " a"}, "context", "' a'", "the name of a context"),
    *(
        (
            {"store": {**BUCKET, "bucket": name, "secret": "s"}},
            "store.bucket",
            name[-40:],
            "3 to 63",
        )
        for name in ("ab", "A-b", "a" * 64, "a..b", "-ab", "192.168.0.1", "a/b", "s3://a")
    ),
    ({"store": {"storageClass": "A b"}}, "store.storageClass", "A b", "the name of an object"),
    (
        {"repository": {"url": "https://x/y", "secret": "a/b"}},
        "repository.secret",
        "a/b",
        "the name of an object",
    ),
]

refused = pytest.mark.parametrize(
    ("values", "key", "got", "allowed"),
    REFUSED,
    ids=[f"{key} {json.dumps(values)[:60]}" for values, key, _, _ in REFUSED],
)


@refused
def test_what_cannot_be_is_refused_with_what_it_is_and_what_may_be(
    values: dict[str, Any], key: str, got: str, allowed: str
) -> None:
    with pytest.raises(SettingError) as caught:
        parsed(**values)
    assert (caught.value.key, str(caught.value).partition(": ")[0]) == (key, key)
    problem, _, rest = str(caught.value).partition(", allowed: ")
    assert got in problem
    assert allowed in rest


@refused
def test_synth_refuses_it_too(
    values: dict[str, Any], key: str, got: str, allowed: str, tmp_path: Path
) -> None:
    del key, got, allowed
    with pytest.raises(SettingError):
        read(project(tmp_path, REQUIRED | values), "x")


@pytest.mark.parametrize("key", NO_DEFAULT)
def test_what_has_no_default_must_be_said(key: str, tmp_path: Path) -> None:
    rest = {other: value for other, value in REQUIRED.items() if other != key}
    complaint = re.escape(f"{key}: is missing, allowed: {declared()[key]['description'][:30]}")
    with pytest.raises(SettingError, match=complaint):
        parse("x", as_text(defaults(ROOT) | rest))
    with pytest.raises(SettingError, match=complaint):
        read(project(tmp_path, rest), "x")


@pytest.mark.parametrize("name", ["", "Dev", "a_b", "a.b", "-a", "a-", "a" * 62, "a\n", "a/b"])
def test_a_stack_whose_name_is_no_label_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match=r"stack: got .*, allowed: a name of 1 to 61") as caught:
        parse(name, as_text(defaults(ROOT) | REQUIRED))
    assert repr(name) in str(caught.value)


def test_the_longest_names_of_stack_and_team_that_fit_are_accepted() -> None:
    for stack, team in (("x", "a" * 61), ("s" * 30, "a" * 32)):
        assert parse(stack, as_text(defaults(ROOT) | REQUIRED | {"teams": [team]}))
    with pytest.raises(SettingError, match="give the team a namespace of at most 32 characters"):
        parse("s" * 30, as_text(defaults(ROOT) | REQUIRED | {"teams": ["a" * 33]}))
    assert parse("s" * 61, as_text(defaults(ROOT) | REQUIRED | {"teams": ["a"]}))


@pytest.mark.parametrize("team", ["resources", "dependencies", "agent", "x"])
def test_no_team_has_the_name_of_another_object(team: str) -> None:
    target = parse("x", as_text(defaults(ROOT) | REQUIRED | {"teams": [team, "b"]})).target
    app = build(target)
    made = [
        _identity(document)
        for folder in app.folders
        if folder is not app.argocd  # the other entry to the same objects
        for document in folder.documents()
    ]
    assert sorted(set(made)) == sorted(made)


def _identity(document: dict[str, Any]) -> tuple[str, str, str]:
    metadata = document["metadata"]
    return document["kind"], metadata.get("namespace", ""), metadata["name"]


@pytest.mark.parametrize("team", ["controllers", "configs"])
def test_an_agent_is_never_a_stage(team: str) -> None:
    with pytest.raises(SettingError, match="is the name of a stage"):
        parse("infrastructure", as_text(defaults(ROOT) | REQUIRED | {"teams": [team]}))


@pytest.mark.parametrize("stack", ["a" * 61, "x"])
def test_every_name_of_a_target_is_one_that_kubernetes_takes(stack: str) -> None:
    """The longest names that settings may have, in every object of the target."""
    team = "t" * (62 - len(stack))
    app = build(parse(stack, as_text(defaults(ROOT) | REQUIRED | {"teams": [team]})).target)
    label = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
    for folder in app.folders:
        for document in folder.documents():
            metadata = document["metadata"]
            # of a Kustomization, a Destination and a store others make labels
            longest = 63 if ".toolkit." in document["apiVersion"] else 253
            assert len(metadata["name"]) <= longest, metadata
            if "namespace" in metadata:
                assert label.fullmatch(metadata["namespace"]), metadata
            for value in metadata.get("labels", {}).values():
                assert len(value) <= 63, metadata


@pytest.mark.parametrize("group", ["aws", "store"])
def test_a_key_that_an_external_secret_has_not_is_refused(group: str) -> None:
    beside = BUCKET if group == "store" else {}
    with pytest.raises(SettingError, match=rf"{group}\.externalSecret.*refesh"):
        parsed(**{group: {**beside, "externalSecret": {**EXTERNAL, "refesh": "1m"}}})


@pytest.mark.parametrize(
    "text",
    [
        "- a\n",
        "config: []\n",
        "config: text\n",
        "config: {1: x}\n",
        "config: {\n",
        f"config: {{'{PROJECT}:environment': 2026-01-01}}\n",
    ],
)
def test_a_file_that_says_nothing_that_could_be_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError):
        read(written(tmp_path, text), "x")


@pytest.mark.parametrize("text", ["", "config:\n", "encryptionsalt: v1:x\n"])
def test_a_file_that_says_nothing_leaves_the_defaults(text: str, tmp_path: Path) -> None:
    assert settings.configured(written(tmp_path, text), "x") == {}
    assert settings.configured(tmp_path, "other") == {}


# --- credentials ----------------------------------------------------------------------------------

CREDENTIALS: dict[str, dict[str, Any]] = {
    "aws": AWS_KEYS,
    "store in a bucket": {**BUCKET, **AWS_KEYS},
    "store in git": PASSWORD,
    "store in git by ssh": SSH_KEY,
    "store in a bucket, read with other keys": {**BUCKET, "roleArn": ROLE, **READ_KEYS},
    "store in git, read with another password": {**HTTPS, "secret": "s", **READ_PASSWORD},
    "store in git, read with another ssh key": {**SSH, "secret": "s", **READ_SSH_KEY},
}
"""Groups that hold credentials."""

holders = pytest.mark.parametrize(
    ("group", "held"),
    [(name.split()[0], group) for name, group in CREDENTIALS.items()],
    ids=CREDENTIALS,
)

ENCRYPTED = [
    (name.split()[0], group, key)
    for name, group in CREDENTIALS.items()
    for key, value in group.items()
    if isinstance(value, dict)
]
"""Group, its values, and which of them is a credential."""

encrypted = pytest.mark.parametrize(
    ("group", "values", "key"), ENCRYPTED, ids=[f"{group}.{key}" for group, _, key in ENCRYPTED]
)


@encrypted
def test_a_credential_in_plain_is_refused(
    group: str, values: dict[str, Any], key: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingError) as caught:
        read(project(tmp_path, REQUIRED | {group: {**values, key: CANARY}}), "x")
    text = str(caught.value)
    assert text.startswith(f"{group}.{key}: is plain text, allowed: an encrypted value; ")
    assert f"`pulumi config set --secret --path {group}.{key}`" in text
    assert CANARY not in text


@encrypted
def test_a_credential_in_plain_is_refused_whatever_it_is(
    group: str, values: dict[str, Any], key: str, tmp_path: Path
) -> None:
    for plain in (123456, True, [CANARY], {"value": CANARY}, {"secure": CANARY, "more": CANARY}):
        with pytest.raises(SettingError, match=rf"{group}\.{key}: is plain text"):
            read(project(tmp_path, REQUIRED | {group: {**values, key: plain}}), "x")


@encrypted
def test_the_program_knows_which_groups_hold_a_credential(
    group: str, values: dict[str, Any], key: str
) -> None:
    assert credentials(as_text(REQUIRED)) == {}
    assert credentials(as_text({group: decrypted({key: values[key]})})) == {group: f"{group}.{key}"}


@pytest.mark.parametrize("value", ["text", "{", "[]", "5"])
@pytest.mark.parametrize("key", ["aws", "store"])
def test_the_program_refuses_a_group_that_is_none(key: str, value: str) -> None:
    with pytest.raises(pulumi.RunError, match=f"{key}: .*, allowed: a value of type object"):
        run("devex", configured("devex", **{key: value}), preview=True)


@encrypted
def test_a_credential_that_is_none_is_refused(group: str, values: dict[str, Any], key: str) -> None:
    nothing: list[Any] = ["", 5, [], {}]
    for value in nothing:
        with pytest.raises(SettingError, match=rf"^{group}\b"):
            parsed(**{group: {**values, key: value}})


@pytest.mark.parametrize("group", ["aws", "store"])
def test_a_secret_has_a_name(group: str) -> None:
    beside = BUCKET if group == "store" else {}
    with pytest.raises(SettingError, match=rf"^{group}\b"):
        parsed(**{group: {**beside, "secret": ""}})


@forms
def test_no_credential_is_in_what_settings_look_like(
    values: dict[str, Any], parts: dict[str, Any], keys: dict[str, str]
) -> None:
    del parts, keys
    found = parsed(**values)
    assert CANARY not in f"{found!r} {found} {found.target!r}"


@holders
def test_no_credential_is_in_a_refusal(group: str, held: dict[str, Any]) -> None:
    seen = 0
    for values, _, _, _ in REFUSED:
        other: Any = values.get(group, {})
        mixed = held | cast(dict[str, Any], other) if isinstance(other, dict) else other
        try:
            parsed(**{**values, group: mixed})
        except SettingError as error:
            seen += 1
            text = f"{error} {error!r}"
            if CANARY in text:
                pytest.fail(text)
    assert seen > len(REFUSED) / 2


@holders
@pytest.mark.parametrize(("before", "after"), [("", "}"), ("[", "]"), ("'", "'")])
def test_no_credential_is_in_the_refusal_of_a_group_that_is_none(
    group: str, held: dict[str, Any], before: str, after: str
) -> None:
    text = json.dumps(decrypted(held))
    with pytest.raises(SettingError) as caught:
        parsed(**{group: f"{before}{text}{after}"})
    assert CANARY not in f"{caught.value} {caught.value!r}"


# --- junk -----------------------------------------------------------------------------------------

ATOMS: list[Any] = [
    *(None, True, False, 0, -1, 2**70, 1.5, float("inf"), float("nan")),
    *("", " ", "x", "moto", "https://x", "true", "null", "{}", "[", "\0", "é", "9" * 99),
]
DRAWS = 60
"""Values of each setting."""

NAMES = [
    *("emulator", "endpoint", "roleArn", "secret", "externalSecret", "sealedSecret", "images"),
    *("accessKeyId", "secretAccessKey", "size", "storageClass", "bucket", "url", "branch", "name"),
    *("readRoleArn", "readSecret", "readExternalSecret", "readAccessKeyId", "readPassword"),
    *("username", "password", "sshPrivateKey", "knownHosts", "caCertificate", "region", "charts"),
    *("plainHttp", "interval", "agents", "ports", "registry", "store", "key", "encrypted"),
    *("properties", "refresh", "nonsense", "cidrs", ""),
]


def junk(rng: random.Random, depth: int = 0) -> Any:
    """Any JSON value; names of settings are in it more often than others."""
    choice = rng.random()
    if depth > 3 or choice < 0.45:
        return rng.choice(ATOMS)
    if choice < 0.6:
        return [junk(rng, depth + 1) for _ in range(rng.randrange(3))]
    return {rng.choice(NAMES): junk(rng, depth + 1) for _ in range(rng.randrange(4))}


def spoiled(rng: random.Random, value: dict[str, Any]) -> dict[str, Any]:
    """What was allowed, and one thing in it changed."""
    name = rng.choice([*value, rng.choice(NAMES)])
    if rng.random() < 0.2:
        return {key: item for key, item in value.items() if key != name}
    return value | {name: junk(rng, 2)}


@pytest.mark.parametrize("cluster", ["existing", "k3d"])
def test_anything_is_settings_or_refused(
    cluster: str, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = declared()

    def known(folder: Path = ROOT) -> dict[str, Any]:  # else it is read each time
        assert folder == ROOT
        return types

    monkeypatch.setattr(settings, "declared", known)
    base = as_text(defaults(ROOT) | REQUIRED | {"cluster": cluster, "clusterName": "a"})
    rng = random.Random(6)  # noqa: S311  repeatable on purpose
    taken: list[str] = []
    for key in types:
        for _ in range(DRAWS // share):
            allowed = [values[key] for values, _, _ in FORMS.values() if key in values]
            value = junk(rng)
            if types[key]["type"] == "object" and rng.random() < 0.5:
                value = spoiled(rng, decrypted(rng.choice(allowed)))
            text = value if isinstance(value, str) else json.dumps(value)
            try:
                found = parse("x", base | {key: text})
            except SettingError:
                continue
            assert isinstance(found.target, Target)
            taken.append(key)
    # junk is not always refused, and not always taken
    assert {"store", "mirror", "k3d", "context"} <= set(taken)
    assert share > 1 or {"aws", "repository"} <= set(taken)
    assert len(taken) < DRAWS // share * len(types) / 2


# --- the pipeline's image -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "registry",
    [
        "registry.example.com/tablepromise",
        "registry.example.com",
        "registry.localhost:5000/a/b_c",
        "localhost:5000/x",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/tablepromise",
    ],
)
def test_a_registry_names_the_image(registry: str) -> None:
    image = parsed(registry=registry).target.image
    assert image == f"{registry}/pipeline:{pipeline_image.tag()}"


@pytest.mark.parametrize(
    "registry",
    ["tablepromise", "docker://x.io/a", "https://x.io", "x.io/a:1", "x.io/a/", "X.io/a", "x.io//a"],
)
def test_a_registry_that_is_none_is_rejected(registry: str) -> None:
    with pytest.raises(SettingError, match=r"^registry: got .*, allowed: a host and a path"):
        parsed(registry=registry)


def test_an_existing_cluster_needs_a_registry_or_a_mirror_of_the_image() -> None:
    with pytest.raises(SettingError, match=r"^registry: is missing.*make push REGISTRY="):
        parsed(registry="")
    name = pipeline_image.LOCAL_REGISTRY
    mirrored = parsed(registry="", mirror={"images": {name: "r.example.com/x"}}).target
    assert mirrored.mirror.image(mirrored.image).startswith("r.example.com/x/pipeline:0.1.0-")
    made = parsed(registry="", cluster="k3d", clusterName="made", aws={"emulator": "moto"}).target
    assert made.image == pipeline_image.reference()


def test_the_fix_for_a_missing_registry_works_as_printed(tmp_path: Path) -> None:
    with pytest.raises(SettingError) as refused:
        parsed(registry="")
    [value] = re.findall(r"pulumi config set registry (\S+)`", str(refused.value))
    assert read(project(tmp_path, REQUIRED | {"registry": value}), "x").image.startswith(value)
