"""Errors of dynamic providers as one sentence, and quiet exits.

Pulumi loads this in a process of its own for each operation: nothing here may import cdk8s.
"""

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

_F = TypeVar("_F", bound=Callable[..., Any])


class ProviderError(Exception):
    """An operation failed. The message is one sentence for people."""


def without_traceback(operation: _F) -> _F:
    """Decorate an operation of a provider so that people read a `ProviderError` as its message.

    Pulumi's process prints an exception with its traceback, and only Python's own limit on
    tracebacks changes that. Every other exception keeps its traceback.
    """

    @functools.wraps(operation)
    def wrapped(*arguments: Any, **options: Any) -> Any:
        sys.tracebacklimit = _FRAMES
        try:
            return operation(*arguments, **options)
        except ProviderError as error:
            sys.tracebacklimit = 0
            raise error from None

    return cast(_F, wrapped)


_FRAMES = 1000
"""Python's default limit."""


_REPORTED = 32
"""Exit code by which Pulumi knows that the problem is printed already."""


def exit_quietly_on_interrupt() -> None:
    """Exit this process without a traceback when Pulumi interrupts it.

    Pulumi interrupts the program after an operation failed, and has printed why.
    """

    def end(_number: int, _frame: object) -> None:
        os._exit(_REPORTED)

    signal.signal(signal.SIGINT, end)


def report(text: str) -> None:
    """Print a line that Pulumi shows at once, among its diagnostics."""
    print(text, file=sys.stderr, flush=True)
