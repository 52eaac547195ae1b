"""What a caller gets: numbers for a good series, a sentence at the right place for a bad one, and nothing without the right role."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from services.reporting.analysis.methods import METHODS
from shared.contracts.vocabulary import Role
from shared.web.testing import Small

COUNTS = [16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17]
YEARS = [10 + n % 12 for n in range(72)]
WINDOWS: dict[str, Any] = {"counts": YEARS, "range": [70, 72], "frequency": 12, "years_back": 4, "window": 1, "alpha": 0.01}

GOOD: dict[str, dict[str, Any]] = {
    "c-chart": {"counts": COUNTS, "exclude": [3]},
    "u-chart": {"counts": COUNTS, "exposure": 2.5, "baseline": 6},
    "laney-u": {"counts": COUNTS, "exposure": [100 + n for n in range(12)]},
    "laney-p": {"counts": COUNTS, "exposure": [100 + n for n in range(12)]},
    "ewma": {"values": [52.0, 47, 53], "lambda": 0.3, "target": 50, "sigma": 2.0539},
    "cusum": {"values": [325.1, 328.2], "target": 325, "k": 0.3, "h": 4.2},
    "seasonal-index": {"values": YEARS, "period": 12, "start": "2014-03"},
    "seasonality-test": {"counts": YEARS, "start": "2014-03"},
    "poisson-interval": {"events": 10},
    "rate-ratio": {"a": {"events": 11, "exposure": 800}, "b": {"events": 21, "exposure": 3011}},
    "proportion": {"successes": 81, "trials": 263},
    "adjust-p": {"p": [0.01, 0.02, 0.5], "method": "holm", "level": 0.05},
    "percentiles": {"values": [2, 3, 5, 7], "at": [0.5, 0.9]},
    "survival": {"durations": [3, 5, 8.5], "closed": [True, False, True], "at": [0.5, 0.9]},
    "pareto": {"labels": ["leak", "noise"], "counts": [3, 12.5]},
    "disproportion": {"a": 25, "b": 75, "c": 50, "d": 850},
    "gamma-poisson": {"history_total": 5, "history_exposure": 36, "current": 4, "current_exposure": 1},
    "farrington": WINDOWS,
    "farrington-flexible": {**WINDOWS, "periods": 4, "recent_excluded": 3, "threshold": "nb_plugin"},
    "trend-signal": {
        "series": [{"key": "leak", "counts": YEARS}, {"key": "noise", "counts": YEARS, "exposure": YEARS}],
        "start": "2014-03",
    },
}
ANSWERS = {
    "c-chart": "center lcl ucl out",
    "u-chart": "center lcl ucl out",
    "laney-u": "center sigma_z lcl ucl out",
    "laney-p": "center sigma_z lcl ucl out",
    "ewma": "z lcl ucl out",
    "cusum": "high low out",
    "seasonal-index": "index correction test",
    "seasonality-test": "lr df p seasonal trend_per_year",
    "poisson-interval": "rate low high",
    "rate-ratio": "ratio p low high",
    "proportion": "share low high",
    "adjust-p": "adjusted rejected",
    "percentiles": "values",
    "survival": "times survival quantiles",
    "pareto": "labels counts cumulative",
    "disproportion": "prr ror chi2 chi2_yates prr_low prr_high ror_low ror_high",
    "gamma-poisson": "expected bound p",
    "farrington": "expected bound trend alarm",
    "farrington-flexible": "expected bound dispersion alarm",
    "trend-signal": "series",
}


async def post(small: Small, method: str, body: Any, role: Role = "analyst") -> Any:
    async with small.client(role) as client:
        return await client.post(f"/api/v1/analysis/{method}", json=body, timeout=120)


def test_the_contract_names_as_many_methods():
    assert set(METHODS) == set(GOOD) == set(ANSWERS)
    assert len(METHODS) == 20


@pytest.mark.parametrize("method", GOOD)
async def test_each_method_answers_what_the_contract_says(small: Small, method: str):
    answer = await post(small, method, GOOD[method])
    assert answer.status_code == 200, answer.text
    assert list(answer.json()) == ANSWERS[method].split()


async def test_a_signal_says_all_it_was_decided_on(small: Small):
    judged = (await post(small, "trend-signal", GOOD["trend-signal"])).json()["series"]
    assert [one["key"] for one in judged] == ["leak", "noise"]
    assert list(judged[0]) == ["key", "method", "expected", "bound", "p", "q", "signal", "reason"]


@pytest.mark.parametrize(
    ("method", "changed", "at"),
    [
        *((method, {"counts": [3, -1, 4]}, "/counts/1") for method in ("c-chart", "u-chart", "laney-u", "seasonality-test", "farrington")),
        *((method, {"counts": [3, "4", 5]}, "/counts/1") for method in ("c-chart", "laney-p", "farrington-flexible", "pareto")),
        *((method, {"counts": []}, "/counts") for method in ("c-chart", "u-chart", "laney-p", "pareto", "farrington")),
        *((method, {"values": []}, "/values") for method in ("ewma", "cusum", "seasonal-index", "percentiles")),
        *((method, {"values": [1, True]}, "/values/1") for method in ("ewma", "cusum", "seasonal-index", "percentiles")),
        *((method, {"counts": [0] * 12}, "/counts") for method in ("c-chart", "u-chart", "laney-u", "laney-p")),
        ("seasonality-test", {"counts": [0] * 72}, "/counts"),
        ("c-chart", {"counts": [1.5, 2, 3]}, "/counts/0"),
        ("c-chart", {"counts": [1] * 501}, "/counts"),
        ("c-chart", {"exclude": [0]}, "/exclude/0"),
        ("c-chart", {"exclude": [99]}, "/exclude/0"),
        ("u-chart", {"exposure": [1, 2]}, "/exposure"),
        ("u-chart", {"exposure": 0}, "/exposure/0"),
        ("ewma", {"lambda": 0}, "/lambda"),
        ("ewma", {"sigma": -1}, "/sigma"),
        ("cusum", {"h": None}, "/h"),
        ("seasonal-index", {"period": 1}, "/period"),
        ("seasonal-index", {"period": 40, "start": None}, "/values"),
        ("seasonal-index", {"period": 7}, "/start"),
        ("seasonal-index", {"start": 13}, "/start"),
        ("seasonal-index", {"start": True}, "/start"),
        ("seasonal-index", {"start": "March"}, "/start"),
        ("seasonality-test", {"start": 13}, "/start"),
        ("seasonality-test", {"counts": [3] * 20}, "/counts"),
        ("poisson-interval", {"events": -1}, "/events"),
        ("poisson-interval", {"exposure": 0}, "/exposure"),
        ("poisson-interval", {"confidence": 1}, "/confidence"),
        ("rate-ratio", {"a": {"events": 1, "exposure": 0}}, "/a/exposure"),
        ("rate-ratio", {"a": {"events": 0, "exposure": 1}, "b": {"events": 0, "exposure": 1}}, "/a/events"),
        ("proportion", {"trials": 0}, "/trials"),
        ("proportion", {"trials": 80}, "/successes"),
        ("adjust-p", {"p": [0.5, 1.2]}, "/p/1"),
        ("percentiles", {"at": [1.1]}, "/at/0"),
        ("percentiles", {"type": 10}, "/type"),
        ("survival", {"durations": [3, -5, 8.5]}, "/durations/1"),
        ("survival", {"closed": [True]}, "/closed"),
        ("survival", {"closed": [False, False, False]}, "/closed"),
        ("pareto", {"labels": ["a", "a"]}, "/labels/1"),
        ("disproportion", {"a": 0, "b": 0, "c": 0, "d": 0}, "/a"),
        ("gamma-poisson", {"history_exposure": 0}, "/history_exposure"),
        ("farrington", {"range": [3, 72]}, "/range/0"),
        ("farrington", {"range": [70, 73]}, "/range/1"),
        ("farrington", {"frequency": 13}, "/frequency"),
        ("farrington", {"alpha": 0}, "/alpha"),
        ("farrington-flexible", {"periods": 12}, "/periods"),
        ("trend-signal", {"series": []}, "/series"),
        ("trend-signal", {"series": [{"key": "a", "counts": [1, 2, 3]}]}, "/series/0/counts"),
        ("trend-signal", {"series": [{"key": "a", "counts": [1, 2, 3, 4], "exposure": [1, 2]}]}, "/series/0/exposure"),
        ("trend-signal", {"start": "2014-13"}, "/start"),
    ],
)
async def test_what_cannot_be_judged_is_refused_with_a_sentence_where_it_is_wrong(
    small: Small, method: str, changed: dict[str, Any], at: str
):
    answer = await post(small, method, {**GOOD[method], **changed})
    assert answer.status_code == 422, answer.text
    told = answer.json()["errors"]
    assert at in [error["at"] for error in told] or any(error["at"].startswith(f"{at}/") for error in told), told
    assert all(error["message"].endswith((".", "?")) for error in told)


@pytest.mark.parametrize("method", GOOD)
async def test_an_unknown_field_is_refused_by_its_name(small: Small, method: str):
    answer = await post(small, method, {**GOOD[method], "cuonts": 1})
    assert answer.status_code == 422
    assert "/cuonts" in [error["at"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "body", ['{"events": NaN}', '{"events": 1e400}', '{"events": 1, "exposure": Infinity}', '{"events": 12345678901234567890123}']
)
async def test_what_is_no_number_is_refused(small: Small, body: str):
    async with small.client("analyst", **{"content-type": "application/json"}) as client:
        answer = await client.post("/api/v1/analysis/poisson-interval", content=body)
    assert answer.status_code in (400, 422)


async def test_whole_numbers_may_be_written_with_a_point(small: Small):
    answer = await post(small, "c-chart", {"counts": [16.0, 14, 12]})
    assert answer.json()["center"] == 14


@pytest.mark.parametrize("role", get_args(Role))
async def test_figures_are_for_those_who_read_figures(small: Small, role: Role):
    admitted = role in ("quality", "approver", "analyst", "auditor")
    assert (await post(small, "poisson-interval", {"events": 10}, role)).status_code == (200 if admitted else 403)
    async with small.client(role) as client:
        assert (await client.get("/api/v1/analysis/methods")).status_code == (200 if admitted else 403)


async def test_the_methods_are_told_in_both_languages(small: Small):
    async with small.client("analyst") as english, small.client("analyst", **{"accept-language": "zh-CN"}) as chinese:
        told = [(await client.get("/api/v1/analysis/methods")).json()["items"] for client in (english, chinese)]
    assert [one["method"] for one in told[0]] == [one["method"] for one in told[1]] == list(METHODS)
    assert all(one["source"] for one in told[0])
    assert "Pareto order" in [one["label"] for one in told[0]]
    assert "帕累托排序" in [one["label"] for one in told[1]]


async def test_nobody_without_a_token_calculates_here(small: Small):
    async with small.stranger() as stranger:
        assert (await stranger.post("/api/v1/analysis/poisson-interval", json={"events": 10})).status_code == 401
