"""One loader of botocore's data for all tests: each session would read the files anew."""

from collections.abc import Generator
from functools import cache

import botocore.session
import pytest


@pytest.fixture(scope="session", autouse=True)
def one_loader() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield
