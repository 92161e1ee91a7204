"""What PodSecurity's `restricted` asks of pods, and of our containers a read-only root."""

from typing import Any, Final

USER: Final = 65532
"""The user that our containers run as: nobody, by number, in most minimal images."""

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
"""The same for containers of others, which may need their root."""

RESTRICTED_POD: Final[dict[str, Any]] = {
    "fsGroup": USER,
    "fsGroupChangePolicy": "OnRootMismatch",
    "runAsGroup": USER,
    "runAsNonRoot": True,
    "runAsUser": USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Security context of a pod; volumes belong to the same user."""
