"""The reflector as a process: its arguments, its two sides, its endpoints, and its ends."""

import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from live_api import LiveApi
from process import Process, kubeconfig, running, until
from status_world import ORDERS
from world import World

from tablepromise.reflector import WATCHED
from tablepromise.reflector.__main__ import main


def test_two_sides_are_asked_each_for_what_it_has_and_one_is_written_to(tmp_path: Path) -> None:
    world, elsewhere = World([ORDERS]), World([ORDERS])
    theirs = {read.kind for read in WATCHED if read.at_destination}
    for kind in ("DynamoDBRequest", "Table"):
        [side] = [elsewhere if kind not in theirs else world]
        side.objects[kind] = []
    with (
        LiveApi.serving(world) as platform,
        LiveApi.serving(elsewhere) as destination,
        running(
            "--platform",
            kubeconfig(platform, tmp_path / "platform"),
            "--destination",
            kubeconfig(destination, tmp_path / "destination"),
        ) as process,
    ):
        until(lambda: bool(platform.patches))
        assert process.get("/readyz") == (200, "ok\n")
        assert process.get("/healthz")[0] == 200
        assert process.get("/")[0] == 404
        ready = platform.patches[0][2]["status"]["conditions"][-2]
        assert (ready["type"], ready["status"]) == ("Ready", "True")
        for api, at_destination in ((platform, False), (destination, True)):
            reads = [read for read in WATCHED if read.at_destination == at_destination]
            assert api.lists.keys() == {read.kind for read in reads}
        assert not destination.patches
        code, text = process.get("/metrics")
        assert code == 200
        for line in (
            'tablepromise_requests{state="ready"} 1.0',
            'tablepromise_requests{state="stuck"} 0.0',
            'tablepromise_stalled_requests{reason="PodSecurity"} 0.0',
            'tablepromise_status_writes_total{result="written"} 1.0',
            'tablepromise_heals_total{reason="PodSecurity"} 0.0',
        ):
            assert f"\n{line}\n" in text
        assert "\nprocess_resident_memory_bytes " in text
        code, logged = process.end()
        assert code == 0
        assert "SIGTERM" in logged
        assert "s3cret" not in logged


def test_one_cluster_is_listed_once_and_a_changed_kubeconfig_ends_it(tmp_path: Path) -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        file, same = (kubeconfig(api, tmp_path / name) for name in ("one", "other"))
        with running("--platform", file, "--destination", same) as process:
            until(lambda: bool(api.patches))
            wanted = {read.kind: 0 for read in WATCHED}
            for read in WATCHED:
                wanted[read.kind] += 1
            assert api.lists == wanted
            kubeconfig(api, tmp_path / "one", token="n3w")
            _, logged = process.popen.communicate(timeout=20)
            assert process.popen.returncode == 1
            assert f"{file} was changed" in logged
            assert len(logged.splitlines()) == 2


def test_a_part_that_ends_ends_all(tmp_path: Path) -> None:
    with LiveApi.serving(World([ORDERS])) as api, ExitStack() as stack:
        file = kubeconfig(api, tmp_path / "config")
        for part in ("watch.Watch", "loop.Reflector"):
            code = f"""
import sys
from tablepromise.reflector import __main__, loop, watch
def run(*_): raise RuntimeError("no\\nmore")
{part}.run = run
sys.exit(__main__.main())
"""
            given = ("--platform", file, "--destination", file)
            process = stack.enter_context(running(*given, main=code))
            stack.callback(ended, process, part)


def ended(process: Process, part: str) -> None:
    _, logged = process.popen.communicate(timeout=20)
    assert process.popen.returncode == 1, part
    assert "RuntimeError: no" in logged
    assert all(line.startswith("20") for line in logged.splitlines())


def test_it_ends_at_once_also_while_nobody_answers(tmp_path: Path) -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        file = kubeconfig(api, tmp_path / "config")
    with running("--platform", file, "--destination", file) as process:
        until(lambda: process.get("/healthz")[0] == 200)
        code, text = process.get("/readyz")
        assert code == 503
        assert "dynamodbrequests" in text
        began = time.monotonic()
        assert process.end(signal.SIGINT)[0] == 0
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "http"],
        ["--port", "65536"],
        ["--platform"],
        ["--kubeconfig", "x"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no kubeconfig"),
        ("[", "is not a kubeconfig"),
        ("{}", "is not a kubeconfig"),
    ],
)
def test_an_unusable_kubeconfig(
    content: str | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config"
    if content is not None:
        file.write_text(content)
    assert main(["--platform", str(file)]) == 2
    assert words in capsys.readouterr().err


def test_outside_a_pod_a_kubeconfig_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "does not run in a pod" in capsys.readouterr().err
