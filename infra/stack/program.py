"""The program of every stack: the name is the environment, the configuration its settings."""

import pulumi

from infra import settings
from infra.app import build
from infra.settings import SettingError
from infra.stack.cluster import LocalCluster
from infra.stack.deploy import deploy
from infra.stack.outputs import outputs


def prepare() -> tuple[settings.Settings, LocalCluster]:
    """Read the stack's settings and register its cluster.

    Raises:
        pulumi.RunError: a setting is not valid, or there is no such cluster.
    """
    stack, config = pulumi.get_stack(), pulumi.Config(settings.PROJECT)
    try:
        configured = settings.configured(settings.ROOT, stack)
        values = {
            key: value
            for key in (*settings.declared(), *configured)
            if (value := config.get(key)) is not None
        }
        for group, key in settings.credentials(values).items():
            if not pulumi.runtime.is_config_secret(f"{settings.PROJECT}:{group}"):
                raise settings.not_encrypted(key)
        parsed = settings.parse(stack, values)
        return parsed, LocalCluster(stack, parsed.target)
    except SettingError as error:
        raise pulumi.RunError(str(error)) from error


def main() -> None:
    """Deploy the stack's target.

    Raises:
        pulumi.RunError: a setting is not valid, or there is no such cluster.
    """
    parsed, cluster = prepare()
    app = build(parsed.target)
    deploy(parsed, app, cluster)
    for name, value in outputs(parsed.target, app, cluster).items():
        pulumi.export(name, value)
