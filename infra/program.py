"""The program of every stack: its name is the environment, its configuration says the rest."""

from infra.node import use_bundled_node

use_bundled_node()

import os  # noqa: E402
import signal  # noqa: E402

import pulumi  # noqa: E402  cdk8s may only be imported once its Node.js is chosen

from infra import settings  # noqa: E402
from infra.app import build  # noqa: E402
from infra.checks import SettingError  # noqa: E402
from infra.cluster import LocalCluster  # noqa: E402
from infra.deploy import deploy  # noqa: E402
from infra.outputs import outputs  # noqa: E402

_TOLD = 32
"""Exit code by which Pulumi knows that people were told what is wrong."""


def end_quietly() -> None:
    """End this process without a traceback when Pulumi interrupts it.

    It does so once an operation has failed, and has printed why.
    """

    def end(_number: int, _frame: object) -> None:
        os._exit(_TOLD)

    signal.signal(signal.SIGINT, end)


def main() -> None:
    """Deploys the stack's target.

    Raises:
        pulumi.RunError: its configuration says what cannot be, or there is no such cluster.
    """
    stack, config = pulumi.get_stack(), pulumi.Config(settings.PROJECT)
    try:
        said = settings.configured(settings.ROOT, stack)
        values = {
            key: value
            for key in (*settings.declared(), *said)
            if (value := config.get(key)) is not None
        }
        for group, key in settings.credentials(values).items():
            if not pulumi.runtime.is_config_secret(f"{settings.PROJECT}:{group}"):
                raise settings.plain(key)
        told = settings.parse(stack, values)
        cluster = LocalCluster(stack, told.target)
    except SettingError as error:
        raise pulumi.RunError(str(error)) from error
    app = build(told.target)
    deploy(told, app, cluster)
    for name, value in outputs(told.target, app, cluster).items():
        pulumi.export(name, value)
