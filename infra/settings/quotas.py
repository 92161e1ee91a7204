"""Check of the setting `quotas`."""

from typing import Any

from infra.settings.validation import SettingError
from tablepromise.request import Quotas
from tablepromise.request.quotas import QuotaError


def require_quotas(values: dict[str, Any]) -> Quotas:
    """Return the quotas of a target that sets some of them.

    Raises:
        SettingError: there is no quota of a name, or it cannot have the value.
    """
    try:
        return Quotas.of(values)
    except QuotaError as error:
        raise SettingError(
            f"quotas.{error.name}", error.problem, allowed=error.allowed, fix=error.fix
        ) from None
