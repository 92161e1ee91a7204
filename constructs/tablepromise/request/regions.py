"""Regions of AWS, and the regions that a target allows."""

from collections.abc import Sequence

from msgspec import Struct

from tablepromise.request.exceptions import InvalidOption
from tablepromise.request.partitions import DNS_SUFFIXES, PARTITIONS
from tablepromise.request.spelling import edit_distance

_DEFAULT_REGIONS = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-west-1",
    "eu-central-1",
    "ap-southeast-1",
    "ap-northeast-1",
    "ap-south-1",
)
"""Regions that a target allows by default: a choice of this project, not a limit of DynamoDB."""

DEFAULT_REGION = "us-west-2"
"""Region of a target where none is known."""

_TYPOS = 2
"""Edits of a misspelling at most, and regions that it may stand for at most."""

_LONGEST = 30
"""Characters of the longest text that may be a misspelling."""


class Regions(Struct, frozen=True):
    """Regions that a request may name.

    Attributes:
        allowed: values of the field `region`.
        default: region of a request without one; None where another object sets it.

    Raises:
        InvalidOption: a region does not exist, or the default is not an allowed region.
    """

    allowed: tuple[str, ...] = _DEFAULT_REGIONS
    default: str | None = DEFAULT_REGION

    def __post_init__(self) -> None:
        for region in self.allowed:
            if region not in PARTITIONS:
                raise InvalidOption(
                    f"region: got {region!r}, allowed: {ALLOWED}; {spelling_fix(region)}"
                )
        if self.default is not None and self.default not in self.allowed:
            raise InvalidOption(
                f"default region: got {self.default!r}, allowed: {', '.join(self.allowed)}; "
                f"allow {self.default} too"
            )

    @classmethod
    def for_target(cls, region: str, regions: tuple[str, ...] = ()) -> "Regions":
        """Return the regions of a target.

        Args:
            region: of the target; the default of a request, and always allowed.
            regions: the allowed regions; default: those of `_DEFAULT_REGIONS` in the partition of
                `region`, since an AWS account is in one partition.
        """
        own = PARTITIONS.get(region)
        allowed = regions or tuple(each for each in _DEFAULT_REGIONS if partition(each) == own)
        return cls(tuple(dict.fromkeys((*allowed, region))), region)


ALLOWED = ", ".join(PARTITIONS)
"""Every region of AWS, for an error message."""

DEFAULT_REGIONS = Regions()
"""Regions of a target in us-west-2, for use where no target is known."""

ALL_REGIONS = Regions(tuple(PARTITIONS), None)
"""Every region of AWS, for requests that an API server has admitted: a region that the target no
longer allows stays valid, because its tables exist."""


def partition(region: str) -> str:
    """Return the partition of a region, such as `aws` or `aws-cn`."""
    return PARTITIONS[region]


def table_arn(region: str, account: str, table: str) -> str:
    """Return the ARN of a table."""
    return f"arn:{partition(region)}:dynamodb:{region}:{account}:table/{table}"


def dynamodb_endpoint(region: str) -> str:
    """Return the URL of DynamoDB in a region."""
    return f"https://dynamodb.{region}.{DNS_SUFFIXES[partition(region)]}"


def region_fix(value: str, allowed: Sequence[str]) -> str:
    """Return the fix for a region that is not allowed.

    Another region is suggested for a misspelling only: a table cannot be moved later.
    """
    if value in PARTITIONS:
        own, there = partition(value), partition(allowed[0])
        if own != there:
            return f"choose an allowed region: {value} is in {own}, and this target is in {there}"
        return f"choose an allowed region, or have the platform team allow {value} {_SETTING}"
    meant = _meant(value)
    if meant and all(region in allowed for region in meant):
        return _question(meant)
    more = f"the platform team can allow more regions {_SETTING}"
    return f"{_question(meant)} {more}" if meant else f"choose an allowed region; {more}"


_SETTING = "(setting `regions`; offline: --regions)"


def spelling_fix(value: str) -> str:
    """Return the fix for a region that does not exist."""
    meant = _meant(value)
    return _question(meant) if meant else "choose an allowed region"


def _question(meant: list[str]) -> str:
    return f"did you mean {' or '.join(meant)}?"


def _meant(value: str) -> list[str]:
    """Return the regions that `value` is a misspelling of; none if it may stand for many."""
    word = value.strip().lower().replace("_", "-")
    if len(word) > _LONGEST:
        return []
    near = {region: edit_distance(word, region) for region in PARTITIONS}
    least = min(near.values())
    meant = [region for region, distance in near.items() if distance == least]
    return meant if least <= _TYPOS and len(meant) <= _TYPOS else []
