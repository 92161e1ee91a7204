"""Cluster tests share one API server that serves our CRD."""

from collections.abc import Iterator

import pytest
from api import ApiServer


@pytest.fixture(scope="session")
def api() -> Iterator[ApiServer]:
    server = ApiServer()
    with server.with_requests():
        yield server
