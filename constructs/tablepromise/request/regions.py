"""Regions of AWS, and the regions that a target offers."""

from collections.abc import Sequence

from msgspec import Struct

from tablepromise.request.exceptions import InvalidOption
from tablepromise.request.partitions import DNS_SUFFIXES, PARTITIONS
from tablepromise.request.spelling import edit_distance

_USUAL = (
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
"""Regions that a target offers by default: a choice of this platform, not a limit of DynamoDB."""

DEFAULT_REGION = "us-west-2"
"""Region of a target that is not known."""

_TYPOS = 2
"""At most so many edits make a text a misspelling of a region, and of at most so many regions."""

_LONGEST = 30
"""Characters of a text that may be a misspelling."""


class Regions(Struct, frozen=True):
    """Regions that a request may name.

    Attributes:
        offered: values of the field `region`.
        default: region of a request that names none; None where another object sets it.

    Raises:
        InvalidOption: a region does not exist, or the default is not an allowed region.
    """

    offered: tuple[str, ...] = _USUAL
    default: str | None = DEFAULT_REGION

    def __post_init__(self) -> None:
        for region in self.offered:
            if region not in PARTITIONS:
                raise InvalidOption(
                    f"region: got {region!r}, allowed: {ALLOWED}; {spelling_fix(region)}"
                )
        if self.default is not None and self.default not in self.offered:
            raise InvalidOption(
                f"default region: got {self.default!r}, allowed: {', '.join(self.offered)}; "
                f"offer {self.default} too"
            )

    @classmethod
    def of_target(cls, region: str, regions: tuple[str, ...] = ()) -> "Regions":
        """Return the regions of a target.

        Args:
            region: of the target: the default of a request, always offered.
            regions: regions on offer; default: those of `_USUAL` that are in the partition of
                `region`, since an AWS account is in one partition.
        """
        own = PARTITIONS.get(region)
        offered = regions or tuple(each for each in _USUAL if partition(each) == own)
        return cls(tuple(dict.fromkeys((*offered, region))), region)


ALLOWED = ", ".join(PARTITIONS)
"""Every region of AWS, for an error."""

DEFAULT_REGIONS = Regions()
"""Regions of a target in us-west-2, assumed where no target is known."""

ALL_REGIONS = Regions(tuple(PARTITIONS), None)
"""Every region of AWS: for requests that an API server has admitted, and where no target is known.
A region that a target does not offer any more stays valid there: its tables exist."""


def partition(region: str) -> str:
    """Return the partition of a region, such as `aws` or `aws-cn`."""
    return PARTITIONS[region]


def table_arn(region: str, account: str, table: str) -> str:
    """Return the ARN of a table."""
    return f"arn:{partition(region)}:dynamodb:{region}:{account}:table/{table}"


def dynamodb_endpoint(region: str) -> str:
    """Return the URL of DynamoDB in a region."""
    return f"https://dynamodb.{region}.{DNS_SUFFIXES[partition(region)]}"


def region_fix(value: str, offered: Sequence[str]) -> str:
    """Return the fix for a region that is not on offer.

    Another region is suggested for a misspelling only: a table cannot move to the right one.
    """
    if value in PARTITIONS:
        own, there = partition(value), partition(offered[0])
        if own != there:
            return f"choose an allowed region: {value} is in {own}, and this target is in {there}"
        return f"choose an allowed region, or have the platform team offer {value} {_SETTING}"
    meant = _meant(value)
    if meant and all(region in offered for region in meant):
        return _question(meant)
    more = f"the platform team can offer more regions {_SETTING}"
    return f"{_question(meant)} {more}" if meant else f"choose an allowed region; {more}"


_SETTING = "(setting `regions`; offline: --regions)"


def spelling_fix(value: str) -> str:
    """Return the fix for a region that does not exist."""
    meant = _meant(value)
    return _question(meant) if meant else "choose an allowed region"


def _question(meant: list[str]) -> str:
    return f"did you mean {' or '.join(meant)}?"


def _meant(value: str) -> list[str]:
    """The regions that `value` is a misspelling of; none if it may be one of many."""
    word = value.strip().lower().replace("_", "-")
    if len(word) > _LONGEST:
        return []
    near = {region: edit_distance(word, region) for region in PARTITIONS}
    least = min(near.values())
    meant = [region for region, distance in near.items() if distance == least]
    return meant if least <= _TYPOS and len(meant) <= _TYPOS else []
