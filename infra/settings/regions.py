"""Checks of the settings `region` and `regions`, and of the settings that depend on them."""

from typing import Any

from infra.settings.validation import SettingError
from infra.targets import Target, examples
from tablepromise.platform import Emulator, IamRole
from tablepromise.request.partitions import PARTITIONS
from tablepromise.request.regions import ALLOWED, partition, spelling_fix


def require_region(key: str, value: Any) -> str:
    """Return the region that a setting names.

    Raises:
        SettingError: botocore does not know the region.
    """
    if not isinstance(value, str) or value not in PARTITIONS:
        raise SettingError(
            key,
            f"got {value!r}",
            allowed=ALLOWED,
            fix=f"{spelling_fix(str(value))} (a newer region: update botocore, then run "
            "`make generate`)",
        )
    return value


def require_regions(values: list[Any]) -> tuple[str, ...]:
    """Return the regions that requests may name.

    Raises:
        SettingError: botocore does not know a region, or a region is listed twice.
    """
    regions = tuple(
        require_region(f"regions[{number}]", value) for number, value in enumerate(values)
    )
    for number, region in enumerate(regions):
        if region in regions[:number]:
            raise SettingError(
                f"regions[{number}]",
                f"got {region!r} a second time",
                allowed="each region once",
                fix="remove it",
            )
    return regions


def require_reachable(target: Target) -> None:
    """Check that tables can be created in every region of a target.

    Raises:
        SettingError: AWS or admission would reject the tables.
    """
    own = partition(target.region)
    emulated = isinstance(target.aws, Emulator) or target.aws in ("moto", "localstack")
    for number, region in enumerate(target.regions):
        if not emulated and partition(region) != own:
            raise SettingError(
                f"regions[{number}]",
                f"got {region!r}, which is in partition {partition(region)}: an AWS account is in "
                "one partition",
                allowed=f"regions of partition {own}, which has {target.region}",
                fix="remove it, and create a target of its own for that partition",
            )
    if isinstance(target.aws, IamRole) and target.aws.arn.split(":")[1] != own:
        raise SettingError(
            "aws.roleArn",
            f"got {target.aws.arn!r}",
            allowed=f"arn:{own}:iam::<12 digits>:role/<name>, as {target.region} is in {own}",
            fix="set a role of that partition, or another region",
        )
    if not target.examples:
        return
    needed = dict.fromkeys(request["spec"]["region"] for _, request in examples())
    if missing := [region for region in needed if region not in target.table_regions.allowed]:
        raise SettingError(
            "examples",
            f"got true, but regions lacks the examples' regions {', '.join(missing)}",
            allowed=f"true where regions has {', '.join(needed)}; or false",
            fix="`pulumi config set examples false`, or add the regions",
        )
