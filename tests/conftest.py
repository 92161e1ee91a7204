"""Shared by all tests."""

import pytest

from infra.node import use_bundled_node

use_bundled_node()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files and snapshots anew")
    parser.addoption(
        "--generated-changes",
        type=int,
        default=500,
        help="changes of requests that tests/dynamodb_local makes (default: 500)",
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared. Read the diff before a commit."""
    return bool(request.config.getoption("--update"))
