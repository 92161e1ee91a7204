"""Shared by the tests of this folder."""

from botocore_data import one_loader

__all__ = ["one_loader"]
