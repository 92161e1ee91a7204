"""The program that `pulumi up` runs: at the root, because Pulumi looks for `.venv` beside it."""

from infra.failures import exit_quietly_on_interrupt
from infra.program import main

exit_quietly_on_interrupt()
main()
