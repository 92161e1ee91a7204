"""Values of live objects: times, durations and messages as Kubernetes writes them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from tablepromise.diagnosis.live_object import format_time, parse_duration, parse_time, shorten


@pytest.mark.parametrize(
    ("text", "shortened"),
    [
        ("", ""),
        ("exactly ten", "exactly..."),
        ("just ten .", "just ten ."),
        ("two\n lines", "two lines"),
        ("spaces     at the cut", "spaces..."),
    ],
)
def test_a_message_is_one_line_of_a_bounded_length(text: str, shortened: str) -> None:
    assert shorten(text, 10) == shortened


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1m30s", 90), ("1h", 3600), ("500ms", 0.5), ("1.5h", 5400), ("", 0), ("soon", 0)],
)
def test_a_duration_of_go(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


def test_a_time_is_read_and_written_in_utc() -> None:
    noon = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
    assert parse_time("2026-05-04T12:00:00Z") == parse_time("2026-05-04T14:00:00+02:00") == noon
    assert parse_time("2026-05-04T12:00:00") == noon
    assert parse_time("yesterday") is None
    assert format_time(noon.astimezone(timezone(timedelta(hours=2)))) == "2026-05-04T12:00:00Z"
