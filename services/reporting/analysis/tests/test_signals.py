"""The rule behind trend signals: on real months with known causes, on simulated quiet ones, and at its edges."""

from __future__ import annotations

import csv
from importlib import resources

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.analysis.rates import gamma_poisson
from services.reporting.analysis.several import adjust_p
from services.reporting.analysis.signals import trend_signal
from services.reporting.analysis.tests.simulated import quiet
from shared.decider import Invalid

SERIES = st.lists(st.integers(0, 10**5), min_size=4, max_size=70)


@pytest.fixture(scope="module")
def washington() -> dict[str, list[int]]:
    """Complaints to the Attorney General of Washington State by month, 2013-01 … 2020-04; the file says where they are from."""
    text = resources.files("services.reporting.analysis.tests").joinpath("washington.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    return {name: [int(row[name]) for row in rows] if name != "month" else [row["month"] for row in rows] for name in rows[0]}


@pytest.mark.parametrize(
    ("series", "known"),
    [
        ("total", ["2020-03", "2020-04"]),  # the first spring of the pandemic
        ("comcast", ["2016-08", "2016-10", "2017-12", "2018-01"]),  # the state's lawsuit and its publicity
        ("att", []),
    ],
)
def test_months_with_a_known_cause_are_named_and_no_others(washington, series: str, known: list[str]):
    """Each month from 2016 on against its own past alone, p < 0.001."""
    counts, months = washington[series], washington["month"]
    named = [
        months[n]
        for n in range(months.index("2016-01"), len(months))
        if trend_signal([{"key": series, "counts": counts[: n + 1]}], 1, alpha=0.001, adjust="none").series[0].signal
    ]
    assert named == known


def test_in_quiet_years_few_months_hold_any_false_signal():
    """200 series together, 60 months: at most 15 of 100 such months name anything at all."""
    rng = np.random.default_rng(20)
    false = 0
    for _ in range(20):
        counts = quiet(rng, 200, 60)
        judged = trend_signal([{"key": str(n), "counts": row} for n, row in enumerate(counts.tolist())], 1)
        false += any(one.signal for one in judged.series)
    assert false <= 3


def test_a_tripling_of_ten_is_found_in_the_same_month_among_two_hundred_series():
    """Scattered once to one and a half times as much as Poisson's; the more scatter, the harder to tell."""
    rng = np.random.default_rng(21)
    counts = quiet(rng, 199, 60).tolist()
    others = [one.p for one in trend_signal([{"key": str(n), "counts": row} for n, row in enumerate(counts)], 1).series]
    found = 0
    for _ in range(400):
        dispersion = rng.uniform(1.01, 1.5)
        row = [
            *rng.negative_binomial(10 / (dispersion - 1), 1 / dispersion, 59),
            rng.negative_binomial(30 / (dispersion - 1), 1 / dispersion),
        ]
        (one,) = trend_signal([{"key": "tripled", "counts": [int(count) for count in row]}], 1).series
        found += one.signal and adjust_p([one.p, *others]).rejected[0]
    assert found / 400 >= 0.65


def test_three_after_thirty_six_empty_months_answer_at_once():
    (one,) = trend_signal([{"key": "a", "counts": [0] * 36 + [3]}], 1).series
    known = gamma_poisson(0, 36, 3, 1, 0.95)
    assert (one.method, one.signal) == ("gamma_poisson", True)
    assert (one.expected, one.bound, one.p) == (known.expected, known.bound, pytest.approx(known.p))


def test_the_last_month_is_no_part_of_its_own_baseline():
    counts = [10, 12, 9, 11] * 12
    low, high = (trend_signal([{"key": "a", "counts": [*counts, last]}], 1).series[0] for last in (10, 1000))
    assert (low.expected, low.bound) == (high.expected, high.bound)
    assert (low.signal, high.signal) == (False, True)


def test_only_the_asked_months_are_the_baseline():
    past = [200] * 24
    recent = [10, 12, 9, 11] * 12
    asked = {"key": "a", "counts": [*past, *recent, 12]}
    assert trend_signal([asked], 1).series[0].expected == pytest.approx(10.5, rel=0.1)
    assert trend_signal([asked], 1, baseline_months=72).series[0].expected != pytest.approx(10.5, rel=0.1)


def test_a_month_with_a_known_cause_leaves_the_baseline():
    counts = [10, 12, 9, 11] * 12
    counts[30] = counts[31] = 200
    marred, mended = (
        trend_signal([{"key": "a", "counts": [*counts, 30], "left_out": left}], 1).series[0] for left in ((), (31, 32))
    )  # fmt: skip
    assert not marred.signal
    assert mended.signal
    assert mended.expected == pytest.approx(10.5, rel=0.1)


def test_more_exposure_explains_more():
    counts, exposure = [10, 12, 9, 11] * 12, [100.0] * 48
    alone = trend_signal([{"key": "a", "counts": [*counts, 40], "exposure": [*exposure, 100.0]}], 1).series[0]
    grown = trend_signal([{"key": "a", "counts": [*counts, 40], "exposure": [*exposure, 400.0]}], 1).series[0]
    assert alone.signal
    assert not grown.signal
    assert grown.expected == pytest.approx(4 * alone.expected)


def test_significant_is_not_enough():
    counts = [400, 410, 395, 405] * 12
    (one,) = trend_signal([{"key": "a", "counts": [*counts, 560]}], 1).series
    assert one.p < 1e-6
    assert (one.signal, one.reason) == (False, "below_min_ratio")
    (two,) = trend_signal([{"key": "a", "counts": [0] * 47 + [2]}], 1).series
    assert two.q <= 0.05
    assert (two.signal, two.reason) == (False, "below_min_count")
    assert trend_signal([{"key": "a", "counts": [*counts, 560]}], 1, min_ratio=1.2).series[0].reason == "beyond_bound"


def test_the_more_series_the_more_one_of_them_must_say():
    calm = [{"key": str(n), "counts": [10, 12, 9, 11] * 12 + [10]} for n in range(199)]
    odd = {"key": "odd", "counts": [*([10, 12, 9, 11] * 12), 21]}
    alone, among = trend_signal([odd], 1).series[0], trend_signal([odd, *calm], 1).series[0]
    assert alone.p == among.p < 0.05 < among.q
    assert (alone.signal, among.signal) == (True, False)
    everyone = trend_signal([odd, *calm], 1).series
    assert [one.q for one in everyone] == pytest.approx(adjust_p([one.p for one in everyone]).adjusted)
    assert trend_signal([odd, *calm], 1, adjust="none").series[0].signal


def test_short_series_share_what_they_know_of_their_scatter():
    wild = {"key": "wild", "counts": [2, 30, 5, 28, 1, 35, 3, 26, 4, 31, 2, 29]}
    calm = {"key": "calm", "counts": [10, 11, 9, 10, 10, 11, 9, 10, 11, 10, 9, 20]}
    alone, beside = trend_signal([calm], 1).series[0], trend_signal([calm, wild], 1).series[0]
    assert alone.method == beside.method == "gamma_poisson"
    assert beside.p > alone.p
    assert beside.expected == alone.expected


def test_a_trend_that_shows_is_followed():
    rng = np.random.default_rng(9)
    counts = rng.poisson(np.linspace(20, 80, 49)).tolist()
    assert trend_signal([{"key": "a", "counts": counts}], 1).series[0].expected == pytest.approx(80, rel=0.15)


@pytest.mark.parametrize(
    ("one", "at"),
    [
        ({"counts": [1, 2, 3]}, "/series/0/counts"),
        ({"counts": [1, 2, 3, 4, 5], "exposure": [1.0]}, "/series/0/exposure"),
        ({"counts": [1, 2, 3, 4, 5], "left_out": [1, 2]}, "/series/0/counts"),
    ],
)
def test_a_series_that_cannot_be_judged_is_refused(one: dict[str, list[int]], at: str):
    with pytest.raises(Invalid) as told:
        trend_signal([{"key": "a", **one}], 1)
    assert told.value.at == at


@settings(deadline=None)
@given(st.lists(SERIES, min_size=1, max_size=4), st.integers(1, 12))
def test_any_series_is_judged_and_agrees_with_itself(all_counts: list[list[int]], start: int):
    judged = trend_signal([{"key": str(n), "counts": counts} for n, counts in enumerate(all_counts)], start)
    for one, counts in zip(judged.series, all_counts, strict=True):
        assert 0 <= one.p <= one.q + 1e-12 <= 1 + 1e-9
        assert one.signal == (one.reason == "beyond_bound")
        assert one.bound <= 10 * max(counts) + 10 or one.method == "gamma_poisson"
        assert (counts[-1] > one.bound) == (one.p <= 0.05) or abs(one.p - 0.05) < 1e-9
        if one.signal:
            assert counts[-1] >= max(3, 1.5 * one.expected)
