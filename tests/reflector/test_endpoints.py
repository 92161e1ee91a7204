"""The reflector's HTTP endpoints."""

import socket
import struct
import threading
from typing import Any, cast

import pytest
from process import until

from tablepromise.reflector.endpoints import listen

RESET = struct.pack("ii", 1, 0)
"""Value of SO_LINGER: closing a connection resets it."""


class Slow:
    """Endpoints that answer when the client has gone."""

    def __init__(self) -> None:
        self.gone = threading.Event()

    def answer(self, _path: str) -> tuple[int, str, bytes]:
        self.gone.wait(5)
        return 200, "text/plain", b"x" * 10_000_000


def test_a_probe_that_hangs_up_logs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    endpoints = Slow()
    server = listen(0, cast(Any, endpoints))
    before = threading.active_count()
    with socket.create_connection(("127.0.0.1", server.server_address[1])) as probe:
        probe.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
        until(lambda: threading.active_count() > before)
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    endpoints.gone.set()
    until(lambda: threading.active_count() == before)
    server.shutdown()
    server.server_close()
    assert capsys.readouterr().err == ""
