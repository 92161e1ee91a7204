"""The reflector as a process: `python -m tablepromise.reflector`.

Exit codes: 0 after a signal, 1 if a thread ended or the port is in use, 2 wrong usage. A restart
loses nothing, so the process ends on every error that it does not handle.
"""

import argparse
import logging
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple

from lightkube import SingleConfig
from prometheus_client import CollectorRegistry

from tablepromise import kubeconfig
from tablepromise.reflector.api import Api, ApiCallError
from tablepromise.reflector.endpoints import Endpoints, listen
from tablepromise.reflector.loop import Reflector
from tablepromise.reflector.metrics import Durations, expose
from tablepromise.reflector.store import Store
from tablepromise.reflector.watch import RELIST, start_watches

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_CHECK_SECONDS: Final = 1.0
_JOIN_SECONDS: Final = 3.0

_log = logging.getLogger("tablepromise.reflector")


class Options(NamedTuple):
    """The command line.

    Attributes:
        platform, destination: path of a kubeconfig; None for the cluster of the pod.
        port: port of the endpoints.
        heal: whether failed pipelines are retried.
    """

    platform: str | None
    destination: str | None
    port: int
    heal: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal; return the exit code."""
    options = _options(arguments)
    try:
        configs = [_config(options.platform), _config(options.destination)]
        # one client if both sides are one cluster
        same = configs[0] == configs[1]
        apis = [Api(config, RELIST) for config in (configs[:1] if same else configs)]
    except (kubeconfig.KubeconfigError, ApiCallError) as error:
        print(f"tablepromise.reflector: {error}", file=sys.stderr)
        return 2
    given = (options.platform, options.destination)
    files = _Files(sorted(path for path in {*given, *_files(configs)} if path))
    try:
        return _run(apis[0], apis[-1], options, files)
    finally:
        for api in apis:
            api.close()


def _run(platform: Api, destination: Api, options: Options, files: "_Files") -> int:
    _log_to_stderr()
    # signals stay pending until sigtimedwait, in this thread and in the threads started here
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    threading.excepthook = _log_thread_exception
    stop = threading.Event()
    store = Store()

    def now() -> datetime:
        return min(platform.now(), destination.now())

    registry = CollectorRegistry()
    reflector = Reflector(
        store,
        platform,
        now=now,
        clock=time.monotonic,
        heals=options.heal,
        wrote=Durations(registry, now),
    )
    expose(registry, reflector, store)
    try:
        server = listen(options.port, Endpoints(store, reflector, registry, time.monotonic))
    except OSError as error:
        _log.critical("cannot listen on port %s: %s", options.port, error.strerror)
        return 1
    loop = threading.Thread(
        target=reflector.run, args=(stop.wait, stop.is_set), name="loop", daemon=True
    )
    loop.start()
    watches = start_watches(
        platform,
        destination,
        store,
        clock=time.monotonic,
        sleep=stop.wait,
        stopping=stop.is_set,
    )
    _log.info("started; listening on port %s", server.server_port)
    try:
        while (received := signal.sigtimedwait(_SIGNALS, _CHECK_SECONDS)) is None:
            if dead := [thread.name for thread in (loop, *watches) if not thread.is_alive()]:
                _log.critical("threads ended: %s", ", ".join(dead))
                return 1
            if changed := files.changed():
                _log.critical("%s was changed; exiting, since it is read only at start", changed)
                return 1
        _log.info("exiting on %s", signal.Signals(received.si_signo).name)
        return 0
    finally:
        stop.set()
        server.shutdown()
        loop.join(_JOIN_SECONDS)


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="tablepromise.reflector",
        description="Writes the status of every DynamoDBRequest, and retries failed pipelines.",
    )
    here = "default: the cluster of the pod"
    parser.add_argument(
        "--platform", metavar="KUBECONFIG", help=f"the cluster of Kratix and the requests; {here}"
    )
    parser.add_argument(
        "--destination",
        metavar="KUBECONFIG",
        help=f"the cluster of Flux, ACK and the Tables; {here}",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=8080,
        help="port of /metrics, /healthz and /readyz; default: 8080",
    )
    parser.add_argument(
        "--no-heal",
        dest="heal",
        action="store_false",
        help="do not retry failed pipelines",
    )
    found = parser.parse_args(arguments)
    return Options(found.platform, found.destination, found.port, found.heal)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port")
    return int(text)


def _config(file: str | None) -> SingleConfig:
    return kubeconfig.load(file, None) if file else kubeconfig.load_in_cluster()


def _files(configs: Iterable[SingleConfig]) -> Iterable[str | None]:
    """Yield the files of a connection; lightkube reads a changed token by itself."""
    for config in configs:
        yield config.cluster.certificate_auth
        if config.user:
            yield from (config.user.client_cert, config.user.client_key)


class _Files:
    """Files that are read only at start, such as certificates, which may be renewed."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._before = {path: _content(path) for path in paths}

    def changed(self) -> str:
        """Return a changed file, or an empty string; an unreadable file counts as unchanged."""
        for path, before in self._before.items():
            if _content(path) not in (b"", before):
                return path
        return ""


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


# --- logs -----------------------------------------------------------------------------------------


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return " | ".join(super().format(record).splitlines())


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("tablepromise").setLevel(logging.INFO)


def _log_thread_exception(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None:
        return
    info: tuple[type[BaseException], BaseException, TracebackType | None]
    info = (args.exc_type, args.exc_value, args.exc_traceback)
    name = args.thread.name if args.thread else "a thread"
    _log.critical("%s failed", name, exc_info=info)


if __name__ == "__main__":
    sys.exit(main())
