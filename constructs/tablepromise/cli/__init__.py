"""The command line: one module per verb.

Exceptions:

    TablePromiseError
    └── fetcher.ClusterUnreachable    the API server does not answer, or rejects the credentials

Verbs raise `click.ClickException`, which has the exit code and prints the message.
"""
