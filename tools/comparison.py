"""docs/comparison.md: the offers side by side, from what each of them makes and installs."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from infra.app import App, build
from infra.settings import targets
from infra.targets import Offer, Target
from tablepromise.dialects import crossplane, kro
from tablepromise.dialects.made import OFFERS, Made, differences
from tablepromise.request import TableRequest, spec_schema
from tablepromise.request.schema import Schema
