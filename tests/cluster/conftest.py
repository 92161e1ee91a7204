"""Cluster tests share one API server that serves our CRD."""

from collections.abc import Iterator

import pytest
from api import ApiServer


@pytest.fixture(scope="session")
def api() -> Iterator[ApiServer]:
    with ApiServer.reached() as server, server.with_requests():
        yield server
