"""One DynamoDB Local for all tests of this folder."""

from collections.abc import Iterator

import dynamodb_local
import pytest


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    if missing := dynamodb_local.missing():
        pytest.skip(f"DynamoDB Local cannot run here: {missing}")
    with dynamodb_local.running() as url:
        yield url
