"""Shares and times as every key indicator has them."""

from __future__ import annotations

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.analysis.ordered import survival
from services.reporting.metrics import KPIS, TOTALS
from services.reporting.metrics.indicator import SHARES, quantiles, share

IDS = (
    "acknowledge_hours remedy_hours close_days on_time_rate closure_rate_cohort closure_rate_flow reopened_rate repeat_rate"
    " first_contact_rate remedy_rounds misprioritised backlog_age overdue satisfaction capa_effective complaint_rate"
)


def test_every_indicator_of_the_contract_is_there_with_its_definition():
    assert {kpi.definition.id for kpi in KPIS} == set(IDS.split())
    for one in (*KPIS, *TOTALS):
        definition = one.definition
        assert definition.label
        assert definition.formula.endswith(".")
        assert definition.formula_zh.endswith("。")


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=80).filter(lambda told: any(ended for _, ended in told)))
def test_times_are_kaplan_and_meiers(told: list[tuple[int, bool]]):
    known = survival([time for time, _ in told], [ended for _, ended in told], list(SHARES.values()))
    groups = [
        (time, sum(ended for _, ended in alike), sum(not ended for _, ended in alike))
        for time, alike in ((time, list(found)) for time, found in groupby(sorted(told), key=lambda one: one[0]))
    ]
    assert tuple(quantiles(groups).values()) == known.quantiles


def test_where_too_few_have_ended_there_is_no_time():
    assert quantiles([(3, 4, 0), (9, 0, 6)]) == {"p50": None, "p80": None, "p90": None}
    assert quantiles([]) == {"p50": None, "p80": None, "p90": None}


def test_a_share_of_fewer_than_ten_is_hidden_and_its_n_stays():
    assert share(3, 9) == {"value": None, "n": 9, "low": None, "high": None, "hidden": "n<10"}
    assert share(2430, 3832)["value"] == pytest.approx(0.6341)
