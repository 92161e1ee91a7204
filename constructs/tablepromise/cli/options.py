"""Options that more than one verb has."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from tablepromise.request.regions import DEFAULT, Regions

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def url(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """A callback for options whose value is a URL."""
    if value is not None and not value.startswith(("http://", "https://")):
        raise click.BadParameter(f"got {value}, allowed: a URL such as http://localhost:4566")
    return value


def region_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Options with the region and regions of a target, for verbs that see none: `regions`."""

    @click.option(
        "--region",
        help="Region of the target, the default of a request; default: the first of --regions, or "
        f"{DEFAULT}.",
    )
    @click.option(
        "--regions",
        metavar="REGION,...",
        default="",
        help="Regions that the target offers; default: those of a target without this setting.",
    )
    @wraps(function)
    def with_regions(*args: Any, region: str | None, regions: str, **kwargs: Any) -> Any:
        offered = tuple(each.strip() for each in regions.split(",") if each.strip())
        try:
            of_target = Regions.of_target(region or (*offered, DEFAULT)[0], offered)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        return function(*args, regions=of_target, **kwargs)

    return with_regions


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
