"""Clusters are found as kubectl finds them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tablepromise.kubeconfig import KubeconfigError, load


def written(folder: Path, name: str, **more: Any) -> Path:
    """A kubeconfig whose context, cluster and user are all called `name`."""
    folder.mkdir(exist_ok=True)
    context = {"cluster": name, "user": name, "namespace": f"ns-{name}"}
    content: dict[str, Any] = {
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": f"https://{name}"}}],
        "users": [{"name": name, "user": {"token": name}}],
        "contexts": [{"name": name, "context": context}],
        **more,
    }
    path = folder / "config"
    path.write_text(json.dumps(content))
    return path


def test_the_current_context_or_the_one_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = written(tmp_path / "a", "a"), written(tmp_path / "b", "b")
    missing = tmp_path / "missing"
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (missing, a, b))))
    assert load(None, None).cluster.server == "https://a"
    found = load(None, "b")
    assert found.cluster.server == "https://b"
    assert found.user
    assert found.user.token == "b"
    assert found.namespace == "ns-b"
    assert load(str(b), None).cluster.server == "https://b"


def test_the_default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    written(tmp_path / ".kube", "home")
    assert load(None, None).cluster.server == "https://home"


def test_paths_are_relative_to_their_file(tmp_path: Path) -> None:
    cluster = {"server": "https://a", "certificate-authority": "ca.crt"}
    user = {"client-certificate": "me.crt", "client-key": "/keys/me.key"}
    path = written(
        tmp_path / "a",
        "a",
        clusters=[{"name": "a", "cluster": cluster}],
        users=[{"name": "a", "user": user}],
    )
    found = load(str(path), None)
    assert found.user
    assert found.cluster.certificate_auth == str(tmp_path / "a/ca.crt")
    assert found.user.client_cert == str(tmp_path / "a/me.crt")
    assert found.user.client_key == "/keys/me.key"


def test_a_context_without_a_user_is_nobody(tmp_path: Path) -> None:
    context = {"name": "a", "context": {"cluster": "a"}}
    path = written(tmp_path, "a", contexts=[context])
    assert load(str(path), None).user is not None


@pytest.mark.parametrize(
    ("more", "context", "complaint"),
    [
        ({}, "c", "there is no context c, allowed: a"),
        (
            {"current-context": ""},
            None,
            "no current context; give --context, allowed: a",
        ),
        ({"contexts": [], "current-context": ""}, None, "the kubeconfig has none"),
        ({"clusters": []}, None, "context a names cluster a, which does not exist"),
        ({"clusters": [{"name": "a", "cluster": {"server": 5}}]}, None, "is not a kubeconfig"),
        ({"clusters": None}, None, "is not a kubeconfig"),
    ],
)
def test_what_cannot_be_used(
    tmp_path: Path, more: dict[str, Any], context: str | None, complaint: str
) -> None:
    path = written(tmp_path, "a", **more)
    with pytest.raises(KubeconfigError, match=complaint):
        load(str(path), context)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "searched .*config, which is empty"),
        (b"# nothing\n", "searched .*config, which is empty"),
        (b"[]", "a document is a list, not a mapping"),
        (b"clusters:\n\t- a", "line 2: clusters: .*indent by spaces"),
        (b"\xff\xfe\0", "not UTF-16"),
        (b"[" * 5000, "nested too deep"),
        (b"apiVersion: v1", "is not a kubeconfig: no 'clusters'"),
        (b"clusters: {}\ncontexts: abc", "a field has the wrong type"),
        (b"current-context: [a]\nclusters: []\ncontexts: []", "current-context is not a string"),
    ],
)
def test_a_file_that_is_no_kubeconfig(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "config"
    path.write_bytes(content)
    with pytest.raises(KubeconfigError, match=complaint):
        load(str(path), None)


def test_an_empty_file_of_several_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty, a = tmp_path / "empty", written(tmp_path / "a", "a")
    empty.touch()
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, (empty, a))))
    assert load(None, None).cluster.server == "https://a"


def test_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    with pytest.raises(KubeconfigError, match=r"there is no kubeconfig .*missing"):
        load(None, None)
    with pytest.raises(KubeconfigError, match=r"there is no kubeconfig .*missing"):
        load(str(tmp_path / "missing"), None)
