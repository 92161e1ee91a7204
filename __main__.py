"""What `pulumi up` runs; it is here so that Pulumi finds `.venv` beside it."""

from infra.program import end_quietly, main

end_quietly()
main()
