"""A real CUE evaluator, where there is one."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from tablepromise.platform.versions import CUE_MODULE


class CueError(Exception):
    """What `cue` says against its input."""


def run(verb: str, *arguments: str, text: str) -> str:
    """What `cue VERB` makes of `text`; skips the test where there is no `cue`.

    Raises:
        CueError: it refuses `text`.
    """
    beside = Path(sys.executable).with_name("cue")
    cue = str(beside) if beside.exists() else shutil.which("cue")
    if cue is None:
        pytest.skip(f"there is no cue in .venv/bin or on PATH; go install {CUE_MODULE}")
    command = [cue, verb, *arguments, "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CueError(done.stderr)
    return done.stdout


def export(text: str, expression: str) -> Any:
    """The value of `expression` in `text`."""
    return json.loads(run("export", "--out", "json", "-e", expression, text=text))


def as_sent(value: object) -> str:
    """`value` as KubeVela gives it to CUE: JSON, in which Go writes a whole float as an integer."""
    return json.dumps(_whole(value), ensure_ascii=False)


def _whole(value: object) -> object:
    if isinstance(value, dict):
        return {key: _whole(child) for key, child in cast(dict[str, object], value).items()}
    if isinstance(value, list):
        return [_whole(child) for child in cast(list[object], value)]
    return int(value) if isinstance(value, float) and value.is_integer() else value
