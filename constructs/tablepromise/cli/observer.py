"""Reads a cluster, and DynamoDB if requested, and diagnoses it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import click
from lightkube import SingleConfig
from msgspec.structs import replace

from tablepromise import kubeconfig
from tablepromise.cli.fetcher import ClusterUnreachable, Fetcher
from tablepromise.diagnosis import Report, Snapshot, diagnose
from tablepromise.request import model

if TYPE_CHECKING:
    from tablepromise.cli.live_tables import LiveTables


def load_cluster(file: str | None, context: str | None) -> SingleConfig:
    """Return the cluster that kubectl would use; see `kubeconfig.load`.

    Raises:
        click.ClickException: there is no usable kubeconfig.
    """
    try:
        return kubeconfig.load(file, context)
    except kubeconfig.KubeconfigError as error:
        raise click.ClickException(str(error)) from error


class Observer:
    """One cluster, and optionally DynamoDB; a context manager that closes its connections.

    Args:
        config: the cluster and the user.
        namespace: namespace of the requests; None for all.
        aws: read tables from DynamoDB in AWS.
        endpoint: read tables from the DynamoDB at this URL.

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
        except ClusterUnreachable as error:
            raise click.ClickException(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._fetcher.close()
        if self._dynamodb:
            self._dynamodb.close()

    def observe(self) -> tuple[Report, datetime]:
        """Return the report, and its time.

        Raises:
            click.ClickException: the API server does not answer, or denies listing requests.
        """
        try:
            snapshot = self._fetcher.snapshot()
            if self._dynamodb:
                described = self._dynamodb.describe(_tables(snapshot))
                snapshot = replace(snapshot, descriptions=described)
        except ClusterUnreachable as error:
            raise click.ClickException(str(error)) from error
        unread = snapshot.read_errors.get(model.KIND)
        if unread and unread.cause == "error":
            raise click.ClickException(unread.message)
        if unread and unread.cause != "absent":
            scope = "-n NAMESPACE" if self.namespace is None else "another -n NAMESPACE"
            raise click.ClickException(
                f"{unread.message}; request this permission, or give {scope}"
            )
        now = datetime.now(UTC)
        return diagnose(snapshot, now), now


def _dynamodb(endpoint: str | None) -> "LiveTables":
    from tablepromise.cli.live_tables import LiveTables  # slow to import: botocore

    return LiveTables(endpoint)


def _tables(snapshot: Snapshot) -> set[tuple[str, str]]:
    """Return region and name of each requested table."""
    specs: list[dict[str, str]]
    specs = [request.get("spec", {}) for request in snapshot.objects.get(model.KIND, [])]
    return {(spec["region"], spec["name"]) for spec in specs if {"region", "name"} <= spec.keys()}
