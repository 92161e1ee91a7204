"""The reflector as a process, on the clusters of the tests."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from live_api import LiveApi


class Process:
    """One that runs."""

    def __init__(self, popen: "subprocess.Popen[str]", port: int) -> None:
        self.popen = popen
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> tuple[int, str]:
        try:
            answer = httpx2.get(f"{self.url}{path}", timeout=5)
        except httpx2.ConnectError:
            return 0, ""
        return answer.status_code, answer.text

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit code after a signal, and what it logged."""
        self.popen.send_signal(number)
        _, logged = self.popen.communicate(timeout=20)
        return self.popen.returncode, logged


@contextmanager
def running(*arguments: str, main: str = "") -> Generator[Process]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    code = ["-c", main] if main else ["-m", "tablepromise.reflector"]
    popen = subprocess.Popen(
        [sys.executable, *code, *arguments, "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Process(popen, port)
    finally:
        popen.kill()
        popen.wait()
        if popen.stderr:
            popen.stderr.close()


def until(true: Callable[[], bool]) -> None:
    """Waits for what must become true."""
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.02)


def kubeconfig(api: LiveApi, path: Path, **user: str) -> str:
    content: dict[str, Any] = {
        "current-context": "live",
        "clusters": [{"name": "live", "cluster": {"server": api.url}}],
        "users": [{"name": "me", "user": user or {"token": "s3cret"}}],
        "contexts": [{"name": "live", "context": {"cluster": "live", "user": "me"}}],
    }
    path.write_text(json.dumps(content))
    return str(path)
