"""What `pulumi up` runs; it is here so that Pulumi finds `.venv` beside it."""

from infra.program import main

main()
