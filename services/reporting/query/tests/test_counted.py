"""What counters say is what counting says: by month and value, in the window, the largest first, the unknown last."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from functools import partial
from itertools import groupby
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.periods import Bucket, Calendar, containing
from services.reporting.query.counted import _dimension, _groups, _limited, first
from services.reporting.query.counters import Kept
from services.reporting.query.grammar import Query
from services.reporting.query.plan import Findings, Plan
from services.reporting.query.resolve import resolve

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CALENDAR = Calendar(zone=ZoneInfo("Asia/Shanghai"), reporting_day=lambda _: 8, started_at=NOW, imports=[], now=NOW)
MONTHS = st.builds(date, st.sampled_from((2025, 2026)), st.integers(1, 12), st.just(1))
VALUES = st.sampled_from(("a", "b", "c", None))
CELLS = st.dictionaries(st.tuples(MONTHS, VALUES), st.integers(1, 9), max_size=30)


def plan_of(**query: object) -> Plan:
    whole = {"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], **query}
    plan = resolve(Query.model_validate(whole), "", CALENDAR, Findings())
    assert plan is not None
    return plan


@given(cells=CELLS, bucket=st.sampled_from(("month", "quarter", "year")))
def test_the_groups_are_those_of_the_window(cells: dict[tuple[date, str | None], int], bucket: Bucket):
    plan = plan_of(dimensions=[bucket, "channel"], window={"from": "2025-06", "to": "2026-03"})
    expected: Counter[tuple[date, str | None]] = Counter()
    for (month, value), n in cells.items():
        if date(2025, 6, 1) <= month <= date(2026, 3, 1):
            expected[containing(bucket, month).first, value] += n
    frame = plan.frame(NOW, CALENDAR, {})
    assert _groups(plan, frame, "channel", cells).counts == expected


@given(cells=CELLS)
def test_a_merged_customer_is_counted_under_the_survivor(cells: dict[tuple[date, str | None], int]):
    plan = plan_of(dimensions=["customer_ref"])
    found = _groups(plan, plan.frame(NOW, CALENDAR, {"a": "b"}), "customer_ref", cells).counts
    assert ("a",) not in found
    assert sum(found.values()) == sum(cells.values())


@given(cells=CELLS)
def test_the_largest_come_first_and_the_unknown_last(cells: dict[tuple[date, str | None], int]):
    plan = plan_of(dimensions=["channel"], sort=[{"by": "n", "desc": True}])
    whole = _groups(plan, plan.frame(NOW, CALENDAR, {}), "channel", cells).counts
    groups = first(whole, plan, len(whole))
    assert [n for _, n in groups] == sorted((n for _, n in groups), reverse=True)
    for _, same in groupby(groups, key=lambda group: group[1]):
        values = [place[0] for place, _ in same]
        assert values == sorted(values, key=lambda value: (value is None, value or ""))


@given(cells=CELLS, n=st.integers(1, 4))
def test_the_values_with_the_most_keep_all_their_buckets(cells: dict[tuple[date, str | None], int], n: int):
    plan = plan_of(bucket="month", dimensions=["channel"], limit_by={"dimension": "channel", "n": n})
    whole = _groups(plan, plan.frame(NOW, CALENDAR, {}), "channel", cells).counts
    kept = _limited(whole, plan)
    values = {place[1] for place in kept}
    assert len(values) == min(n, len({place[1] for place in whole}))
    assert kept == {place: n for place, n in whole.items() if place[1] in values}


@given(cells=CELLS, limit=st.integers(1, 8), by=st.sampled_from(("n", "month", "channel")), desc=st.booleans())
def test_the_first_of_all_are_the_first_of_the_whole_order(cells: dict[tuple[date, str | None], int], limit: int, by: str, desc: bool):
    if (by, desc) == ("channel", True):
        return  # the database orders texts, and no counters are asked
    plan = plan_of(bucket="month", dimensions=["channel"], sort=[{"by": by, "desc": desc}])
    whole = _groups(plan, plan.frame(NOW, CALENDAR, {}), "channel", cells).counts
    assert first(whole, plan, limit) == first(whole, plan, len(whole))[:limit]


@given(before=CELLS, after=CELLS, merged=st.booleans())
def test_groups_that_went_on_are_those_counted_anew(
    before: dict[tuple[date, str | None], int], after: dict[tuple[date, str | None], int], merged: bool
):
    """Every complaint that left its cell and every one that came to another."""
    plan = plan_of(bucket="quarter", dimensions=["customer_ref"], window={"from": "2025-06", "to": "2026-03"})
    frame = plan.frame(NOW, CALENDAR, {"a": "b"} if merged else {})
    kept = Kept(NOW, None, dict(before))
    going_on = kept.answer("q", partial(_groups, plan, frame, "customer_ref"))
    cells = before.keys() | after.keys()
    kept.add([{"month": m, "value": v, "count": after.get((m, v), 0) - before.get((m, v), 0)} for m, v in cells])
    assert kept.cells == after
    assert going_on.counts == _groups(plan, frame, "customer_ref", after).counts


def test_without_a_dimension_there_is_one_row_even_of_nothing():
    plan = plan_of()
    assert _groups(plan, plan.frame(NOW, CALENDAR, {}), "", {}).counts == {(): 0}


def test_which_plans_the_counters_can_answer():
    assert _dimension(plan_of()) == ""
    assert _dimension(plan_of(bucket="year", dimensions=["issue_code"])) == "issue_code"
    assert _dimension(plan_of(filters=[{"field": "state", "op": "eq", "value": "closed"}])) == "state"
    for more in (
        {"dimensions": ["customer_ref", "severity"]}, {"dimensions": ["batch"]}, {"bucket": "week"}, {"window": {"from": "2026-01-02"}},
        {"time": "closed_at", "bucket": "month"}, {"from": "transitions"}, {"sort": [{"by": "channel", "desc": True}], "dimensions": ["channel"]},
        {"filters": [{"field": "issue_code", "op": "in", "value": ["leakage", "noise"]}]},
        {"bucket": "month", "dimensions": ["channel"], "limit_by": {"dimension": "month", "n": 2}},
    ):  # fmt: skip
        assert _dimension(plan_of(**more)) is None, more
