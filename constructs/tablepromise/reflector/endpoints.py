"""HTTP endpoints of the process: `/healthz`, `/readyz` and `/metrics`."""

import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from tablepromise.reflector.loop import Reflector
from tablepromise.reflector.store import Store

STUCK: Final = 60.0
"""Seconds without progress after which the loop is unhealthy."""

_PLAIN: Final = "text/plain; charset=utf-8"


class Endpoints:
    """Answers by path."""

    def __init__(
        self,
        store: Store,
        reflector: Reflector,
        registry: CollectorRegistry,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._registry = registry
        self._reflector = reflector
        self._clock = clock

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Return status, content type and content."""
        if path == "/healthz":
            silent = self._clock() - self._reflector.progressed_at
            return _text(silent < STUCK, f"last progress of the loop: {silent:.0f} s ago")
        if path == "/readyz":
            missing = ", ".join(read.resource for read in self._store.missing)
            return _text(not missing, f"not listed yet: {missing}" if missing else "ok")
        if path == "/metrics":
            return 200, CONTENT_TYPE_LATEST, generate_latest(self._registry)
        return 404, _PLAIN, b"not found; paths: /metrics, /healthz, /readyz\n"


def _text(healthy: bool, text: str) -> tuple[int, str, bytes]:
    return (200 if healthy else 503), _PLAIN, f"{text}\n".encode()


def listen(port: int, endpoints: Endpoints) -> ThreadingHTTPServer:
    """Start a server on all addresses.

    Args:
        port: the port; 0 for a free one.
        endpoints: the answers.

    Raises:
        OSError: the port is in use.
    """
    server = _Server(("", port), type("Handler", (_Handler,), {"endpoints": endpoints}))
    threading.Thread(target=server.serve_forever, name="http", daemon=True).start()
    return server


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    endpoints: Endpoints
    timeout = 10

    def do_GET(self) -> None:
        code, type, content = self.endpoints.answer(self.path.partition("?")[0])
        self.send_response(code)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", str(len(content)))
        with suppress(ConnectionError):  # the probe has timed out and closed the connection
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass
