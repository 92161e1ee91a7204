"""Webhooks: what to do in the seconds in which one that was installed does not answer yet."""

import time

import pulumi

_ATTEMPTS = 12
_PAUSE = 5.0
"""Seconds: the Service of a webhook knows its pod some seconds after the pod is ready."""


def starts(args: pulumi.ErrorHookArgs) -> bool:
    """Whether to try again: the API server could not reach a webhook, and asked nobody."""
    again = "failed calling webhook" in args.errors[0] and len(args.errors) < _ATTEMPTS
    if again:
        pulumi.log.info(f"a webhook does not answer yet; again in {_PAUSE:.0f} s: {args.errors[0]}")
        time.sleep(_PAUSE)
    return again
