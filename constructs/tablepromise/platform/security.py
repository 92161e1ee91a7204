"""Security contexts for PodSecurity's `restricted`, with a read-only root file system."""

from typing import Any, Final

USER: Final = 65532
"""The user of our containers: `nonroot` in most minimal images."""

RESTRICTED: Final[dict[str, Any]] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "runAsGroup": USER,
    "runAsNonRoot": True,
    "runAsUser": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Security context of a container."""

UNPRIVILEGED: Final[dict[str, Any]] = {**RESTRICTED, "readOnlyRootFilesystem": False}
"""The same for containers of other projects, which may write to their root file system."""

RESTRICTED_POD: Final[dict[str, Any]] = {
    "fsGroup": USER,
    "fsGroupChangePolicy": "OnRootMismatch",
    "runAsGroup": USER,
    "runAsNonRoot": True,
    "runAsUser": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Security context of a pod; volumes belong to the same user."""
