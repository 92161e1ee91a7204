"""Settings of an environment: `stacks/Pulumi.<stack>.yaml`, checked and parsed to a `Target`."""

from infra.settings.parser import Settings, parse, read, targets
from infra.settings.stack_files import (
    PROJECT,
    ROOT,
    as_text,
    configured,
    credentials,
    declared,
    defaults,
    not_encrypted,
)
from infra.settings.validation import SettingError

__all__ = [
    "PROJECT",
    "ROOT",
    "SettingError",
    "Settings",
    "as_text",
    "configured",
    "credentials",
    "declared",
    "defaults",
    "not_encrypted",
    "parse",
    "read",
    "targets",
]
