"""Options that more than one verb has."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def url(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """A callback for options whose value is a URL."""
    if value is not None and not _is_url(value):
        raise click.BadParameter(
            f"got {value or 'nothing'}, allowed: a URL such as http://localhost:4566"
        )
    return value


def _is_url(value: str) -> bool:
    """Whether it has a host, and nothing that a client would stumble over."""
    try:
        parts = urlsplit(value)
        port = parts.port  # raises where it is none
    except ValueError:
        return False
    return (
        parts.scheme in ("http", "https")
        and re.fullmatch(r"[A-Za-z0-9._:-]+", parts.hostname or "") is not None
        and port != 0
        and not (parts.query or parts.fragment or parts.username)
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Which cluster to look at, and whether to ask DynamoDB as well."""
    options: tuple[Decorator, ...] = (
        click.option("--context", help="Context of the kubeconfig; default: its current one."),
        click.option(
            "--kubeconfig",
            type=click.Path(),
            help="Kubeconfig file; default: those of KUBECONFIG, or ~/.kube/config.",
        ),
        click.option(
            "--aws", is_flag=True, help="Ask DynamoDB itself, with the credentials of the AWS CLI."
        ),
        click.option(
            "--endpoint",
            metavar="URL",
            callback=url,
            help="Ask the DynamoDB at this URL (LocalStack, DynamoDB Local, ...).",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function
