"""What can be measured: sums, percentiles, survival times, shares and amounts, and what each leaves out."""

from __future__ import annotations

from datetime import UTC, timedelta
from decimal import Decimal

import httpx
import pytest

from services.reporting.query.shares import wilson
from services.reporting.tests.lives import imported
from shared.contracts.intake import HistoryRound
from shared.contracts.vocabulary import Money
from tests.integration.reporting.house import House, a_year, ask, on

CLOSED = [{"field": "state", "op": "eq", "value": "closed"}]


async def test_a_percentile_skips_what_is_not_known_and_says_how_many(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    found = await ask(analyst, measures=[{"op": "percentile", "field": "close_days", "at": 0.9, "as": "p90"}])
    assert found["rows"] == [{"p90": 2.0}]
    assert found["ignored"] == [{"what": "p90", "count": 7, "why": "Their close_days is not known."}]
    assert (found["definitions"]["p90"]["type"], found["definitions"]["p90"]["unit"]) == (7, "days")


async def test_a_percentile_skips_negative_values_and_interpolates_as_type_7(house: House, analyst: httpx.AsyncClient):
    for n, days in enumerate((2, 3, 5, 7, 11, 13, 17, 19, 23, 29, -4)):
        round_ = HistoryRound(received_at=on(1, 20), closed=True, closed_at=on(1, 20) + timedelta(days=days), outcome="satisfied")
        house.life.at(on(3, 1), imported(100 + n, round_))
    await house.tell(on(3, 2))
    found = await ask(analyst, measures=[{"op": "percentile", "field": "close_days", "at": [0.5, 0.8, 0.9, 0.95], "as": "p"}])
    assert found["rows"] == [{"p_50": 12.0, "p_80": pytest.approx(19.8), "p_90": pytest.approx(23.6), "p_95": pytest.approx(26.3)}]
    assert [(one["what"], one["count"]) for one in found["ignored"]] == [("p", 1)]


async def test_survival_counts_what_is_open_as_lasting_until_then(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    survival = {"op": "survival", "field": "close_days", "at": [0.25, 0.5], "as": "s"}
    found = await ask(analyst, measures=[survival])
    assert found["rows"] == [{"s_25": 2, "s_50": None}], "five of twelve are closed, all on the second day"
    assert [one["count"] for one in found["ignored"]] == [7]
    before = await ask(analyst, measures=[survival | {"censor_at": "2026-01-06T23:00:00+08:00"}])
    assert before["rows"] == [{"s_25": None, "s_50": None}], "nothing had closed yet"
    assert next(one["why"] for one in before["ignored"]).endswith("which is an error in the data.")
    by_month = await ask(analyst, measures=[survival], bucket="month", sort=[{"by": "s_50", "desc": False}, {"by": "month", "desc": False}])
    assert [(row["month"], row["s_50"]) for row in by_month["rows"]] == [
        ("2026-01", 2), ("2026-02", 2), ("2026-03", None), ("2026-04", None),
    ]  # fmt: skip


async def test_survival_is_that_of_kaplan_and_meier(house: House, analyst: httpx.AsyncClient):
    """6, 6, 6, 6+, 7, 9+, 10, 10+, 11+, 13, 16, 17+, 19+, 20+, 22, 23, 25+, 32+, 32+, 34+, 35+ weeks of remission (Freireich 1963)."""
    over = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    going_on = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    now = on(5, 1)
    for n, days in enumerate(over):
        since = now - timedelta(days=days)
        house.life.at(now, imported(100 + n, HistoryRound(received_at=since, closed=True, closed_at=now, outcome="satisfied")))
    for n, days in enumerate(going_on):
        house.life.at(now, imported(200 + n, HistoryRound(received_at=now - timedelta(days=days))))
    await house.tell(now + timedelta(hours=1))
    survival = {"op": "survival", "field": "close_days", "at": [0.1, 0.25, 0.5, 0.6], "as": "s", "censor_at": now.isoformat()}
    found = await ask(analyst, measures=[survival])
    assert found["rows"] == [{"s_10": 6, "s_25": 13, "s_50": 23, "s_60": None}]


async def test_a_closing_on_an_unknown_date_is_left_out_and_said(house: House, analyst: httpx.AsyncClient):
    house.life.at(on(3, 1), imported(100, HistoryRound(received_at=on(1, 20), closed=True, outcome="satisfied")))
    await house.tell(on(3, 2))
    found = await ask(analyst, measures=[{"op": "survival", "field": "close_days", "at": [0.5], "as": "s"}])
    assert found["rows"] == [{"s_50": None}]
    assert found["ignored"] == [{"what": "s", "count": 1, "why": "Nobody knows their close_days."}]


async def test_a_share_has_its_interval_and_is_hidden_where_few_stand_behind_it(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    ratio = {"op": "ratio", "as": "closed", "numerator": CLOSED}
    found = await ask(analyst, measures=[ratio])
    low, high = wilson(5, 12)
    assert found["rows"] == [
        {"closed": pytest.approx(5 / 12), "closed_n": 12, "closed_low": pytest.approx(low), "closed_high": pytest.approx(high)}
    ]
    by = await ask(analyst, measures=[ratio], dimensions=["customer_ref"], sort=[{"by": "closed", "desc": True}])
    assert [(row["customer_ref"], row["closed"], row["closed_n"]) for row in by["rows"]] == [
        ("C-0", None, 5),
        ("C-1", None, 5),
        (None, None, 2),
    ]
    assert by["hidden"][0] == {"what": "closed", "at": {"customer_ref": "C-0"}, "why": "n<10"}


async def test_a_share_is_among_those_of_its_denominator(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    named = [{"field": "customer_ref", "op": "is_null", "value": False}]
    found = await ask(analyst, measures=[{"op": "ratio", "as": "r", "numerator": CLOSED, "denominator": named}])
    assert (found["rows"][0]["r"], found["rows"][0]["r_n"]) == (0.5, 10)
    assert found["definitions"]["r"]["denominator"] == [{"field": "customer_ref", "op": "is_null", "value": False}]


async def test_numbers_are_summed_and_averaged(house: House, analyst: httpx.AsyncClient):
    await a_year(house)
    measures = [{"op": op, "field": "remedy_hours", "as": op} for op in ("sum", "avg", "min", "max")]
    found = await ask(analyst, measures=[*measures, {"op": "max", "field": "received_at", "as": "last"}])
    assert found["rows"] == [{"sum": 120.0, "avg": 24.0, "min": 24.0, "max": 24.0, "last": "2026-04-16T04:00:00Z"}]


async def test_amounts_are_summed_per_currency(house: House, analyst: httpx.AsyncClient):
    for n, (amount, currency) in enumerate((("10.50", "CNY"), ("2.00", "CNY"), ("7.25", "USD"))):
        money = Money(amount=Decimal(amount), currency=currency)
        house.life.at(on(3, 1), imported(100 + n, HistoryRound(received_at=on(1, 20), closed=True, amount=money)))
    house.life.at(on(3, 1), imported(103, HistoryRound(received_at=on(2, 20).astimezone(UTC))))
    await house.tell(on(3, 2))
    found = await ask(analyst, measures=[{"op": "sum", "field": "amount", "as": "cost"}], bucket="month")
    assert found["rows"] == [
        {"month": "2026-01", "cost": [{"amount": "12.50", "currency": "CNY"}, {"amount": "7.25", "currency": "USD"}]},
        {"month": "2026-02", "cost": []},
    ]
    assert found["ignored"] == [{"what": "cost", "count": 1, "why": "Their amount is not known."}]
