"""Every exception of a package can be caught by the root, and is in the package's docstring."""

import importlib
import pkgutil
from types import ModuleType

import pytest

from tablepromise import cli, diagnosis, reflector, trial
from tablepromise.request import TablePromiseError


@pytest.mark.parametrize("package", [cli, diagnosis, reflector, trial], ids=lambda p: p.__name__)
def test_exceptions_have_one_root_and_are_documented(package: ModuleType) -> None:
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if info.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(info.name)).items():
            own = isinstance(value, type) and value.__module__ == info.name
            if own and issubclass(value, Exception):
                assert issubclass(value, TablePromiseError), f"{info.name}.{name}"
                assert package.__doc__ is not None
                assert name in package.__doc__, f"{info.name}.{name}"
