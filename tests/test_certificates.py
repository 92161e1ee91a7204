"""Whatever connects to a cluster accepts the certificates that kubectl accepts, and no others."""

import base64
import json
import runpy
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from certificates import DAY, Authority, served_with
from corpus import spec
from generated import request
from lightkube import KubeConfig
from lightkube.resources.core_v1 import Secret
from loopback import Handler

from infra.teardown import steps
from tablepromise import kubeconfig
from tablepromise.cli.fetch import Fetcher, Unreachable
from tablepromise.pipeline.api import requests_for_table
from tablepromise.reflector import FOLLOWED, Api, ApiCallError
from tablepromise.request import admit

SCRIPT = Path(__file__).parents[1] / "constructs/tablepromise/platform/files/store_keys.py"


class Cluster(Handler):
    """Has empty lists, and Secrets that are filled."""

    def do_GET(self) -> None:
        if "/secrets/" in self.path:
            content: dict[str, Any] = {"metadata": {"name": "keys"}, "data": {"a": "Yg=="}}
        elif "/customresourcedefinitions/" in self.path:
            content = {"metadata": {"name": self.path.rpartition("/")[2]}}
        else:
            content = {"metadata": {"resourceVersion": "1"}, "items": []}
        self.reply(200, json.dumps(content).encode(), "application/json")


def config_of(url: str, authority: bytes) -> str:
    data = base64.b64encode(authority).decode()
    return json.dumps(
        {
            "current-context": "tls",
            "clusters": [
                {"name": "tls", "cluster": {"server": url, "certificate-authority-data": data}}
            ],
            "users": [{"name": "me", "user": {"token": "t"}}],
            "contexts": [{"name": "tls", "context": {"cluster": "tls", "user": "me"}}],
        }
    )


def check(config: str) -> None:
    fetcher = Fetcher(kubeconfig.parse(config, "tls"), None)
    snapshot = fetcher.snapshot()
    fetcher.close()
    assert {unread.cause for unread in snapshot.read_errors.values()} <= {"absent"}


def reflector(config: str) -> None:
    api = Api(kubeconfig.parse(config, "tls"), 60)
    try:
        with api.follow(FOLLOWED[0]) as following:
            assert list(following.list()) == []
    finally:
        api.close()


def pipeline(_config: str) -> None:
    assert list(requests_for_table(admit(request(spec())))) == []


def store_keys(_config: str) -> None:
    runpy.run_path(str(SCRIPT))["main"]("keys", "one", "two")


def teardown(config: str) -> None:
    client = steps.client({"kubeconfig": config, "context": "tls"})
    assert client.get(Secret, "keys", namespace="one").data
    client.close()


ENTRY_POINTS: list[Callable[[str], None]] = [check, reflector, pipeline, store_keys, teardown]


def connects(
    entry: Callable[[str], None],
    trusted: Authority,
    certificate: Path,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Run an entry point against a server, with the defaults of Python 3.13 and later."""
    create = ssl.create_default_context

    def strict(*args: Any, **options: Any) -> ssl.SSLContext:
        context = create(*args, **options)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    with served_with(certificate, Cluster) as url:
        account = folder / "account"
        account.mkdir()
        for name, content in (("token", b"t"), ("namespace", b"x"), ("ca.crt", trusted.pem)):
            (account / name).write_bytes(content)
        defaults = KubeConfig.from_service_account.__func__  # type: ignore[attr-defined]
        monkeypatch.setattr(defaults, "__defaults__", (str(account),))
        parts = urlsplit(url)
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(parts.hostname))
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(parts.port))
        entry(config_of(url, trusted.pem))


@pytest.mark.parametrize("strict", [True, False], ids=["RFC 5280", "without keyUsage"])
@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_a_ca_that_kubectl_accepts_is_accepted(
    entry: Callable[[str], None], strict: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(strict=strict)
    connects(entry, authority, authority.issue(tmp_path), tmp_path, monkeypatch)


def test_an_intermediate_ca_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(issuer=Authority())
    connects(check, authority, authority.issue(tmp_path), tmp_path, monkeypatch)


@pytest.mark.parametrize("entry", ENTRY_POINTS)
@pytest.mark.parametrize("wrong", ["another CA", "another host", "expired"])
def test_any_other_certificate_is_not(
    entry: Callable[[str], None], wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(strict=False)
    certificate = authority.issue(
        tmp_path,
        host="127.0.0.2" if wrong == "another host" else "127.0.0.1",
        ends=-timedelta(hours=1) if wrong == "expired" else DAY,
    )
    trusted = Authority(strict=False) if wrong == "another CA" else authority
    with pytest.raises(Exception, match="CERTIFICATE_VERIFY_FAILED") as raised:
        connects(entry, trusted, certificate, tmp_path, monkeypatch)
    if entry in (check, reflector):
        assert isinstance(raised.value, Unreachable | ApiCallError)
