"""The store follows an API server, whatever becomes of a watch; statuses arrive over HTTP."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from following import FASTER, following, same, until
from lightkube.config.models import User
from live_api import LiveApi
from status_world import ORDERS, spoilt
from world import NOW, Object, World, put

from tablepromise.diagnosis import build_statuses
from tablepromise.diagnosis.status_schema import RECONCILE
from tablepromise.reflector import WATCHED, Api, ApiCallError, Reflector


def listed(api: LiveApi, kind: str, times: int) -> bool:
    return api.lists.get(kind, 0) >= times


def terminal(live: Object) -> None:
    put(live, "ACK.Terminal", "True", "", "ValidationException", age=0)


def test_what_happens_is_seen_and_written() -> None:
    with LiveApi.serving(World()) as api, following(api) as seen:
        seen.reflector.reconcile_due()
        assert seen.reflector.writes == 5
        assert {live["status"]["conditions"][-1]["type"] for live in requests(api)} == {"Stalled"}
        until(lambda: same(api, seen.store))
        seen.reflector.reconcile_due()
        assert seen.reflector.writes == 5
        api.change(api.world.objects["Table"][2], terminal)
        until(lambda: same(api, seen.store))
        seen.reflector.reconcile_due()
        assert seen.reflector.writes == 6
        api.remove(api.world.objects["Table"][1])
        api.remove(requests(api)[0])
        until(lambda: same(api, seen.store) and len(seen.store.requests) == 4)
        # one list of each, and then only watches
        assert set(api.lists.values()) <= {1, 3, 4}
        assert api.lists["Table"] == 1


def test_what_was_missed_comes_with_the_next_list() -> None:
    with LiveApi.serving(World()) as api, following(api) as seen:
        api.change(api.world.objects["Table"][2], terminal, unheard=True)
        api.remove(api.world.objects["Table"][1], unheard=True)
        assert not same(api, seen.store)
        api.forget()  # the version that they would go on from is too old
        until(lambda: same(api, seen.store))


def test_a_silent_watch_is_begun_anew() -> None:
    with LiveApi.serving(World([ORDERS])) as api, following(api, silence=0.3) as seen:
        api.change(api.world.one("Table"), terminal, unheard=True)
        until(lambda: same(api, seen.store))


def test_a_watch_that_is_given_up_leaves_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        client = Api(api.config, 60)
        for number in range(120):  # more than a client may have open
            with client.open_stream(WATCHED[0]) as read:
                list(read.list())
                api.change(requests(api)[0], lambda live: put(live, "X", "True", "X"))
                for type, live in read.watch():
                    assert type == "MODIFIED", number
                    assert live["metadata"]["resourceVersion"] == str(api.version)
                    break
        client.close()
        monkeypatch.setattr("tablepromise.reflector.watch.RELIST", 0)
        with following(api):
            for lists in (1, 2, 3):
                until(partial(listed, api, "Table", lists))
                api.change(api.world.one("Table"), terminal)


@pytest.mark.parametrize("code", [403, 404])
def test_what_may_not_be_read_is_unknown_at_once_and_known_when_it_may(code: int) -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        api.refuses["Table"] = code
        with following(api) as seen:
            [key] = seen.store.requests
            ready = build_statuses(seen.store.snapshot(key), NOW)[key].conditions[0]
            assert ready.status == ("Unknown" if code == 403 else "False")
            api.refuses.clear()
            until(lambda: same(api, seen.store))


def test_an_error_that_lasts_proves_nothing_and_one_that_passes_is_borne(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with LiveApi.serving(World([ORDERS])) as api, following(api) as seen:
        [key] = seen.store.requests
        api.refuses["Table"] = 500
        lists = api.lists["Table"]
        api.forget()
        until(lambda: api.lists["Table"] > lists + 1)
        assert "Table" not in seen.store.snapshot(key).read_errors
        monkeypatch.setattr("tablepromise.reflector.watch.STALE", 0)
        until(lambda: "Table" in seen.store.snapshot(key).read_errors)
        assert seen.store.snapshot(key).read_errors["Table"].cause == "error"
        api.refuses.clear()
        until(lambda: same(api, seen.store))


def test_two_replicas_write_each_status_once() -> None:
    with (
        LiveApi.serving(World()) as api,
        following(api) as one,
        following(api) as two,
    ):
        threads = [
            threading.Thread(target=each.reconcile_due) for each in (one.reflector, two.reflector)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        until(lambda: same(api, two.store))
        assert one.reflector.writes + two.reflector.writes == len(api.patches) == 5


def test_a_server_that_ends_each_watch_is_not_pressed() -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        api.short = True
        with following(api) as seen:
            api.change(api.world.one("Table"), terminal)
            began, first = time.monotonic(), api.watches.get("Table", 0)
            until(lambda: api.watches.get("Table", 0) > first + 5)
            until(lambda: same(api, seen.store))
            assert api.watches["Table"] - first <= (time.monotonic() - began) * FASTER + 2


def test_a_token_that_is_rotated_is_read_again(tmp_path: Path) -> None:
    with LiveApi.serving(World([ORDERS])) as api:
        file = tmp_path / "token"
        api.token = "first"
        file.write_text("first\n")
        user = User(token="first", token_file=str(file))
        client = Api(api.config._replace(user=user), 60, pause=0)
        with client.open_stream(WATCHED[0]) as read:
            assert list(read.list())
            api.token = "second"
            file.write_text("second\n")
            # the kubelet writes it before the old one ends; a watch and a list find it alike
            api.change(requests(api)[0], lambda live: put(live, "X", "True", "X"))
            assert next(iter(read.watch()))[0] == "MODIFIED"
        with client.open_stream(WATCHED[0]) as read:
            assert list(read.list())
            api.token = "third"
            with pytest.raises(ApiCallError) as refused:
                list(read.list())
            assert refused.value.code == 401
            assert "second" not in str(refused.value)
        client.close()


def test_the_time_is_that_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def date(_: Any, timestamp: float | None = None) -> str:
        del timestamp
        return formatdate((datetime.now(UTC) + off).timestamp(), usegmt=True)

    monkeypatch.setattr(BaseHTTPRequestHandler, "date_time_string", date)
    with LiveApi.serving(World([ORDERS])) as api:
        client = Api(api.config, 60)
        assert abs(client.now() - datetime.now(UTC)) < timedelta(seconds=5)
        for off in (timedelta(hours=1), timedelta(hours=-2)):
            with client.open_stream(WATCHED[0]) as read:
                list(read.list())
            assert abs(client.now() - datetime.now(UTC) - off) < timedelta(seconds=5)
        client.close()


def test_the_lever_is_pulled_and_told_of() -> None:
    with LiveApi.serving(spoilt("the pipeline failed and its pod is gone")) as api:
        client = Api(api.config, 60)
        seconds = [0.0]
        with following(api) as seen:
            reflector = Reflector(seen.store, client, now=lambda: NOW, clock=lambda: seconds[0])
            reflector.reconcile_due()
            seconds[0] = 31
            reflector.reconcile_due()
            assert requests(api)[0]["metadata"]["labels"][RECONCILE] == "true"
            [event] = api.created_events
            assert event["involvedObject"]["name"] == requests(api)[0]["metadata"]["name"]
            assert reflector.heals == {"PipelineFailed": 1}
        client.close()


def test_an_api_server_that_is_not_there_is_refused_and_not_more() -> None:
    api = LiveApi(World(()))
    api.url = "http://127.0.0.1:9"
    client = Api(api.config, 1)
    with pytest.raises(ApiCallError) as refused:
        client.patch_status("default", "x", {})
    assert refused.value.code == 0
    with client.open_stream(WATCHED[0]) as read, pytest.raises(ApiCallError):
        list(read.list())
    client.close()


def requests(api: LiveApi) -> list[Object]:
    return api.world.objects["DynamoDBRequest"]
