"""The reflector as a process: `python -m tablepromise.reflector`.

Exit codes: 0 it was told to end, 1 a part of it has ended or its port is taken, 2 wrong usage. It
holds nothing that a restart would lose, so whatever it cannot mend ends it.
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
from tablepromise.reflector.watch import RELIST, follow

_ENDS: Final = (signal.SIGTERM, signal.SIGINT)
_BEAT: Final = 1.0
_FAREWELL: Final = 3.0

_log = logging.getLogger("tablepromise.reflector")


class Options(NamedTuple):
    """The command line.

    Attributes:
        platform, destination: a kubeconfig; None for the cluster that it runs in.
        port: of the endpoints.
        heal: whether to have Kratix try again what failed.
    """

    platform: str | None
    destination: str | None
    port: int
    heal: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until a signal; the exit code."""
    options = _options(arguments)
    try:
        configs = [_config(options.platform), _config(options.destination)]
        # a cluster that has both sides is talked to by one client
        same = configs[0] == configs[1]
        apis = [Api(config, RELIST) for config in (configs[:1] if same else configs)]
    except (kubeconfig.NoCluster, ApiCallError) as error:
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
    # a signal waits until it is asked for, in this thread and in all that begin here
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    threading.excepthook = _ended
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
    watches = follow(
        platform,
        destination,
        store,
        clock=time.monotonic,
        sleep=stop.wait,
        stopping=stop.is_set,
    )
    _log.info("started; listening on port %s", server.server_port)
    try:
        while (told := signal.sigtimedwait(_ENDS, _BEAT)) is None:
            if dead := [thread.name for thread in (loop, *watches) if not thread.is_alive()]:
                _log.critical("ended: %s", ", ".join(dead))
                return 1
            if changed := files.changed():
                _log.critical("%s was changed; it is read at the start", changed)
                return 1
        _log.info("ends: %s", signal.Signals(told.si_signo).name)
        return 0
    finally:
        stop.set()
        server.shutdown()
        loop.join(_FAREWELL)


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="tablepromise.reflector",
        description="Keeps the status of every DynamoDBRequest what it should be.",
    )
    here = "default: the cluster that it runs in"
    parser.add_argument(
        "--platform", metavar="KUBECONFIG", help=f"where Kratix and the requests are; {here}"
    )
    parser.add_argument(
        "--destination", metavar="KUBECONFIG", help=f"where Flux, ACK and the Tables are; {here}"
    )
    parser.add_argument(
        "--port", type=_port, default=8080, help="of /metrics, /healthz and /readyz; default: 8080"
    )
    parser.add_argument(
        "--no-heal",
        dest="heal",
        action="store_false",
        help="never have Kratix run a pipeline again",
    )
    found = parser.parse_args(arguments)
    return Options(found.platform, found.destination, found.port, found.heal)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port")
    return int(text)


def _config(file: str | None) -> SingleConfig:
    return kubeconfig.load(file, None) if file else kubeconfig.pod()


def _files(configs: Iterable[SingleConfig]) -> Iterable[str | None]:
    """Files that a connection is made of; lightkube reads a token again by itself."""
    for config in configs:
        yield config.cluster.certificate_auth
        if config.user:
            yield from (config.user.client_cert, config.user.client_key)


class _Files:
    """Files whose content is not to change, such as a certificate that is renewed."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._before = {path: _content(path) for path in paths}

    def changed(self) -> str:
        """One that did, or nothing; one that cannot be read is as it was."""
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


def _ended(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None:
        return
    told: tuple[type[BaseException], BaseException, TracebackType | None]
    told = (args.exc_type, args.exc_value, args.exc_traceback)
    name = args.thread.name if args.thread else "a thread"
    _log.critical("%s does not go on", name, exc_info=told)


if __name__ == "__main__":
    sys.exit(main())
