"""A world in which the status of its only request is looked at, and written."""

from datetime import datetime

from situations import NAME, SITUATIONS
from status_server import Server
from world import NOW, Object, World, examples

from tablepromise.diagnosis import Status, build_patch, build_statuses

ORDERS = next(request for request in examples() if request["metadata"]["name"] == NAME)


def spoilt(name: str) -> World:
    """The world of a situation."""
    world = World([ORDERS])
    SITUATIONS[name].spoil(world)
    return world


def status(world: World, now: datetime = NOW) -> Status:
    """What the status should be."""
    [found] = build_statuses(world.snapshot(), now).values()
    return found


def write(world: World, now: datetime = NOW) -> bool:
    """Brings the status to what it should be; whether there was anything to write."""
    live = world.one("DynamoDBRequest")
    server = Server(live)
    body = build_patch(server.get(), status(world, now))
    if body:
        server.patch(body)
        live["status"] = server.request["status"]
    return bool(body)


def ours(world: World) -> tuple[Object, Object]:
    """Both conditions as they were written."""
    conditions = {one["type"]: one for one in world.one("DynamoDBRequest")["status"]["conditions"]}
    return conditions["Ready"], conditions["Stalled"]
