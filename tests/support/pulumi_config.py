"""`pulumi config set` and `rm` on a stack's values, with the rules of Pulumi's own paths."""

import re
from typing import Any, cast

Config = dict[str, Any]


def path_of(key: str) -> list[str | int]:
    """The steps of a path such as `k3d.ports[0]` or `mirror.images["docker.io/"]`."""
    steps = re.findall(r'\["([^"]+)"\]|\[(\d+)\]|([\w-]+)', key)
    return [quoted or word or int(number) for quoted, number, word in steps]


def put(config: Config, key: str, value: str, *, path: bool) -> None:
    """Sets a value. With `path`, numbers and booleans are read as such.

    Raises:
        IndexError: a list would get a gap: Pulumi's "array index out of range".
    """
    if not path:
        config[key] = value
        return
    *parents, last = path_of(key)
    node: Any = config
    for step, after in zip(parents, [*parents[1:], last], strict=True):
        _fill(node, step, [] if isinstance(after, int) else {})
        node = node[step]
    _fill(node, last, None)
    node[last] = {"true": True, "false": False}.get(value, int(value) if value.isdigit() else value)


def _fill(node: Any, step: str | int, empty: Any) -> None:
    if isinstance(node, dict):
        cast(Config, node).setdefault(str(step), empty)
    elif step == len(node):
        node.append(empty)
    elif step not in range(len(node)):
        raise IndexError("array index out of range")


def remove(config: Config, key: str, *, path: bool) -> None:
    """Removes a value.

    Raises:
        KeyError, IndexError: there is none.
    """
    *parents, last = path_of(key) if path else [key]
    node: Any = config
    for step in parents:
        node = node[step]
    del node[last]
