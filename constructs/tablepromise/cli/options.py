"""Options that more than one verb has."""

import re
from collections.abc import Callable, Iterator
from functools import wraps
from math import isnan
from typing import Any
from urllib.parse import urlsplit

import click

from tablepromise.request.quotas import Quotas
from tablepromise.request.regions import DEFAULT_REGION, Regions

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Seconds(click.FloatRange):
    """A number of seconds from 0.1 to 3600, and not `nan`, which click's range accepts."""

    def __init__(self) -> None:
        super().__init__(min=0.1, max=3600)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"got {value}, allowed: 0.1 to 3600", param, ctx)
        return number


def url(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """Validate the value of an option that is a URL."""
    if value is not None and not _is_url(value):
        raise click.BadParameter(
            f"got {value or 'nothing'}, allowed: a URL such as http://localhost:4566"
        )
    return value


def _is_url(value: str) -> bool:
    """Return whether a value is an HTTP URL with a host, without query, fragment or user."""
    try:
        parts = urlsplit(value)
        port = parts.port  # raises for an invalid port
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


def target_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for regions and quotas of a target, because a verb has no target."""

    @click.option(
        "--quotas",
        metavar="NAME=NUMBER,...",
        default="",
        help="Quotas of the target above AWS's defaults, such as tableReadUnits=60000.",
    )
    @wraps(function)
    def with_quotas(*args: Any, quotas: str, **kwargs: Any) -> Any:
        try:
            of_target = Quotas.of(dict(map(_quota, _listed(quotas))))
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        return function(*args, quotas=of_target, **kwargs)

    return region_options(with_quotas)


def region_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for the regions of a target, because a verb has no target."""

    @click.option(
        "--region",
        help="Region of the target, the default of a request; default: the first of --regions, or "
        f"{DEFAULT_REGION}.",
    )
    @click.option(
        "--regions",
        metavar="REGION,...",
        default="",
        help="Regions that the target allows; default: those of a target without this setting.",
    )
    @wraps(function)
    def with_regions(*args: Any, region: str | None, regions: str, **kwargs: Any) -> Any:
        offered = tuple(_listed(regions))
        try:
            of_target = Regions.for_target(region or (*offered, DEFAULT_REGION)[0], offered)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        return function(*args, regions=of_target, **kwargs)

    return with_regions


def _listed(text: str) -> Iterator[str]:
    return (each.strip() for each in text.split(",") if each.strip())


def _quota(text: str) -> tuple[str, object]:
    name, _, value = (part.strip() for part in text.partition("="))
    return name, int(value) if re.fullmatch("-?[0-9]{1,18}", value) else value


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add options for the cluster, and for DynamoDB."""
    options: tuple[Decorator, ...] = (
        click.option("--context", help="Context of the kubeconfig; default: its current one."),
        click.option(
            "--kubeconfig",
            type=click.Path(),
            help="Kubeconfig file; default: those of KUBECONFIG, or ~/.kube/config.",
        ),
        click.option(
            "--aws",
            is_flag=True,
            help="Read the tables from DynamoDB too, with the credentials of the AWS CLI.",
        ),
        click.option(
            "--endpoint",
            metavar="URL",
            callback=url,
            help="Read the tables from the DynamoDB at this URL (LocalStack, DynamoDB Local, ...).",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function
