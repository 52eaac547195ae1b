"""Shares and times as every key indicator has them."""

from __future__ import annotations

from array import array
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.analysis.ordered import survival
from services.reporting.metrics import KPIS, TOTALS
from services.reporting.metrics.indicator import share
from services.reporting.metrics.lasted import SHARES, Lasted, quantiles

IDS = (
    "acknowledge_hours remedy_hours close_days on_time_rate closure_rate_cohort closure_rate_flow reopened_rate repeat_rate"
    " first_contact_rate remedy_rounds misprioritised backlog_age overdue satisfaction capa_effective complaint_rate"
)


def test_every_indicator_of_the_contract_is_there_with_its_definition():
    assert {definition.id for definition in KPIS} == set(IDS.split())
    for definition in (*KPIS, *(metric.definition for metric in TOTALS)):
        assert definition.label
        assert definition.formula.endswith(".")
        assert definition.formula_zh.endswith("。")


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=80).filter(lambda told: any(ended for _, ended in told)))
def test_times_are_kaplan_and_meiers(told: list[tuple[int, bool]]):
    known = survival([time for time, _ in told], [ended for _, ended in told], list(SHARES.values()))
    over, going = (sorted(float(time) for time, ended in told if ended is wanted) for wanted in (True, False))
    assert tuple(quantiles(array("d", over), going).values()) == known.quantiles


def test_where_too_few_have_ended_there_is_no_time():
    assert quantiles(array("d", [3] * 4), [9.0] * 6) == {"p50": None, "p80": None, "p90": None}
    assert quantiles(array("d"), []) == {"p50": None, "p80": None, "p90": None}


KINDS = st.one_of(
    st.tuples(st.integers(-5, 60).map(float), st.none(), st.just(False)),
    st.tuples(st.none(), st.integers(1, 20).map(lambda day: datetime(2026, 1, day, tzinfo=UTC)), st.just(False)),
    st.tuples(st.none(), st.none(), st.just(True)),
)


@given(st.lists(KINDS, max_size=40), st.lists(KINDS, max_size=20), st.data())
def test_one_put_into_its_place_is_as_if_it_had_been_there(first: list[Any], later: list[Any], data: st.DataObject):
    gone = data.draw(st.lists(st.sampled_from(first), unique_by=id)) if first else []
    followed, anew = Lasted(), Lasted()
    followed.fill((kind, 1) for kind in first)
    for kind in later:
        followed.add(kind, 1)
    for kind in gone:
        followed.add(kind, -1)
    left = Counter(first + later)
    left.subtract(gone)
    anew.fill(left.items())
    assert (followed.ended, followed.since, followed.unknown) == (anew.ended, anew.since, anew.unknown)


def test_a_share_of_fewer_than_ten_is_hidden_and_its_n_stays():
    assert share(3, 9) == {"value": None, "n": 9, "low": None, "high": None, "hidden": "n<10"}
    assert share(2430, 3832)["value"] == pytest.approx(0.6341)
