"""Commands that repair the access to a state store: of Flux's sources and of Kratix's stores."""

import re

from tablepromise.diagnosis.live_object import LiveObject
from tablepromise.reads import STORE_KEYS, STORE_NAMESPACE

_NO_KEYS = re.compile(
    r"secret data|secret is missing key|secret not provided|failed to get secret|"
    r"[Ss]ecret '?[\w./-]+'? not found|InvalidAccessKeyId|Access ?Key ?Id|SignatureDoesNotMatch|"
    r"AccessDenied|Access Denied|authentication required|could not read Username"
)
"""Messages of Flux and Kratix about credentials that are missing or rejected."""


def lacks_keys(live: LiveObject) -> bool:
    """Return whether a source or a state store is not ready because of its Secret."""
    ready = live.condition("Ready")
    return bool(ready and ready.status == "False" and _NO_KEYS.search(ready.message))


def secret(live: LiveObject) -> str:
    """Return `namespace/name` of the Secret of a source or a state store."""
    reference = LiveObject("Reference", live.fields("spec", "secretRef"))
    namespace = reference.text("namespace") or live.namespace
    return f"{namespace}/{reference.text('name')}"


def remedy(live: LiveObject) -> str:
    """Return the commands that make a source or a state store ready again.

    Flux backs off from a failing source, so its remedy ends with a requeue of all sources.
    """
    steps = [_keys(live) if lacks_keys(live) else f"kubectl describe {live.kubectl_name}"]
    if live.kind in ("Bucket", "GitRepository"):
        steps.append(f"after the repair: {requeue(live)}")
    else:
        steps.append("after the repair Kratix retries")
    return "; ".join(steps)


def requeue(live: LiveObject) -> str:
    """Return the command that makes Flux fetch all sources of a kind at once."""
    resource = live.kubectl_name.partition(" ")[0]
    return (
        f"kubectl annotate --overwrite {resource} --all -n {live.namespace} "
        'reconcile.fluxcd.io/requestedAt="$(date +%s)"'
    )


def fill() -> str:
    """Return the command that fills the Secrets of the state store at once."""
    job = f'{STORE_KEYS}-"$(date +%s)"'
    return f"kubectl create job -n {STORE_NAMESPACE} --from=cronjob/{STORE_KEYS} {job}"


def _keys(live: LiveObject) -> str:
    if f".{STORE_NAMESPACE}.svc" in live.text("spec", "endpoint"):
        return f"{fill()} (fills Secret {secret(live)})"
    return f"put valid credentials of the state store into Secret {secret(live)}"
