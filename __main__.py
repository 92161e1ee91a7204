"""The program that `pulumi up` runs: at the root, because Pulumi looks for `.venv` beside it."""

from infra.stack.errors import exit_quietly_on_interrupt
from infra.stack.program import main

exit_quietly_on_interrupt()
main()
