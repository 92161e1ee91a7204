"""Looks at a cluster, once or again and again, and has it diagnosed."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import click
from lightkube import SingleConfig
from msgspec.structs import replace

from tablepromise import kubeconfig
from tablepromise.cli.fetch import Fetcher, Unreachable
from tablepromise.diagnosis import Report, Snapshot, diagnose
from tablepromise.request import model

if TYPE_CHECKING:
    from tablepromise.cli.live_tables import LiveTables


def cluster(file: str | None, context: str | None) -> SingleConfig:
    """The cluster that kubectl would use; see `kubeconfig.load`.

    Raises:
        click.ClickException: there is none.
    """
    try:
        return kubeconfig.load(file, context)
    except kubeconfig.NoCluster as error:
        raise click.ClickException(str(error)) from error


class Observer:
    """One cluster, and DynamoDB if it is to be asked; a context manager, as it keeps connections.

    Args:
        namespace: of the requests; None for all.
        aws: ask DynamoDB in AWS; with an `endpoint`, the one there.

    Raises:
        click.ClickException: the kubeconfig or the AWS configuration cannot be used.
    """

    def __init__(
        self, config: SingleConfig, namespace: str | None, *, aws: bool, endpoint: str | None
    ) -> None:
        self.namespace = namespace
        self._dynamodb = _dynamodb(endpoint) if aws or endpoint else None
        try:
            self._fetcher = Fetcher(config, namespace)
        except Unreachable as error:
            raise click.ClickException(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._fetcher.close()
        if self._dynamodb:
            self._dynamodb.close()

    def look(self) -> tuple[Report, datetime]:
        """How the cluster is, and when that was.

        Raises:
            click.ClickException: it does not answer, or we may not see the requests.
        """
        try:
            snapshot = self._fetcher.snapshot()
            if self._dynamodb:
                described = self._dynamodb.describe(_tables(snapshot))
                snapshot = replace(snapshot, descriptions=described)
        except Unreachable as error:
            raise click.ClickException(str(error)) from error
        unread = snapshot.read_errors.get(model.KIND)
        if unread and unread.cause == "error":
            raise click.ClickException(unread.message)
        if unread and unread.cause != "absent":
            scope = "-n NAMESPACE" if self.namespace is None else "another -n NAMESPACE"
            raise click.ClickException(f"{unread.message}; ask for that right, or give {scope}")
        now = datetime.now(UTC)
        return diagnose(snapshot, now), now


def _dynamodb(endpoint: str | None) -> "LiveTables":
    from tablepromise.cli.live_tables import LiveTables  # slow to import: botocore

    return LiveTables(endpoint)


def _tables(snapshot: Snapshot) -> set[tuple[str, str]]:
    """Region and name of each table that is asked for."""
    specs: list[dict[str, str]]
    specs = [request.get("spec", {}) for request in snapshot.objects.get(model.KIND, [])]
    return {(spec["region"], spec["name"]) for spec in specs if {"region", "name"} <= spec.keys()}
