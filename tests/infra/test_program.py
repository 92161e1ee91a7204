"""The program of a stack, as Pulumi runs it."""

import subprocess
import sys

from infra.settings import ROOT


def test_an_interruption_by_pulumi_ends_it_without_a_traceback() -> None:
    """Pulumi interrupts the program once an operation failed, and has printed why."""
    code = (
        "import os, signal, time\n"
        "from infra.stack.errors import exit_quietly_on_interrupt\n"
        "exit_quietly_on_interrupt()\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "time.sleep(60)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    # by which Pulumi's language host knows that people were told
    assert (done.returncode, done.stdout, done.stderr) == (32, "", "")


def test_the_handler_is_installed_before_the_program_runs() -> None:
    lines = (ROOT / "__main__.py").read_text().splitlines()
    assert lines[-2:] == ["exit_quietly_on_interrupt()", "main()"]
