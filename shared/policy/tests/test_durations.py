"""How are durations written, and what do they mean?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.policy.durations import Duration, duration

EIGHT_HOURS = timedelta(hours=8)


@pytest.mark.parametrize(
    ("written", "meant", "working"),
    [
        ("30s", timedelta(seconds=30), False),
        ("15min", timedelta(minutes=15), False),
        ("48h", timedelta(hours=48), False),
        ("7d", timedelta(days=7), False),
        (3600, timedelta(hours=1), False),
        ("4 working hours", timedelta(hours=4), True),
        ("1 working day", EIGHT_HOURS, True),
        ("5 working days", 5 * EIGHT_HOURS, True),
    ],
)
def test_a_duration_is_elapsed_unless_it_says_working(written, meant, working):
    found = duration(written)
    assert found.span(EIGHT_HOURS) == meant
    assert found.working is working


@pytest.mark.parametrize("written", ["48h", "30s", "7d", "4 working hours", "1 working day", "1 working hour"])
def test_it_is_written_again_as_it_was_read(written):
    assert str(duration(written)) == written


@pytest.mark.parametrize(
    "written", ["", "soon", "48", "-1h", "1.5h", "4 hours of work", None, True, 1.5, -3, "99999999d", "4 working weeks"]
)
def test_anything_else_is_refused_with_an_example(written):
    with pytest.raises(ValueError, match=r"write it like|ten years"):
        duration(written)


def test_it_is_told_in_both_languages():
    assert Duration(1, "working day").words("en") == "1 working day"
    assert Duration(4, "working hour").words("en") == "4 working hours"
    assert Duration(48, "h").words("zh-CN") == "48 小时"
