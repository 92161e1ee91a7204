"""Shared by all tests."""

from importlib import import_module

import pytest

import_module("infra")  # chooses the Node.js of cdk8s


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files and snapshots anew")
    parser.addoption(
        "--full",
        action="store_true",
        help="make all the requests, settings and stories that a test generates, not a fifth",
    )
    parser.addoption(
        "--generated-changes",
        type=int,
        default=500,
        help="changes of requests that tests/dynamodb_local makes (default: 500)",
    )


@pytest.fixture
def share(request: pytest.FixtureRequest) -> int:
    """How many times fewer cases a test generates than with `--full`, which `.ci/run` gives."""
    return 1 if request.config.getoption("--full") else 5


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared. Read the diff before a commit."""
    return bool(request.config.getoption("--update"))
