"""The program of a stack, as Pulumi runs it."""

import subprocess
import sys

from infra.settings import ROOT


def test_an_interruption_by_pulumi_ends_it_without_a_traceback() -> None:
    """Pulumi interrupts the program once an operation failed, and has printed why."""
    code = (
        "import os, signal, time\n"
        "from infra.program import end_quietly\n"
        "end_quietly()\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "time.sleep(60)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    # by which Pulumi's language host knows that people were told
    assert (done.returncode, done.stdout, done.stderr) == (32, "", "")


def test_it_is_asked_for_that_before_it_does_anything() -> None:
    lines = (ROOT / "__main__.py").read_text().splitlines()
    assert lines[-2:] == ["end_quietly()", "main()"]
