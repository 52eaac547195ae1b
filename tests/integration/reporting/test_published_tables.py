"""What is known of published tables of complaints comes out of the API again, to the last digit."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from services.intake import demo
from tests.integration.reporting.published import ROOT, SHARED, Published, client, published

MAPPINGS = ROOT / "docs" / "examples"
WA = SHARED / "wa-ago-complaints-by-practice-2013-2020.csv.gz"
NYC = SHARED / "nyc-dca-mediated-complaints-2015-2016.csv.gz"

ANSWERED = [{"field": "satisfied_with_handling", "op": "is_null", "value": False}]
SATISFIED = [{"field": "satisfied_with_handling", "op": "eq", "value": "satisfied"}]
SEASON = [115.4, 89.7, 98.4, 99.2, 98.3, 102.0, 105.3, 117.8, 95.4, 98.4, 91.7, 88.4]  # January first, per cent
COMCAST, ATT, ATT_TOO = "204915", "143825", "73666"  # as the Attorney General numbers businesses


@pytest.fixture(scope="module")
async def travellers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    """Claims against the Transportation Security Administration, 2010-2015: the demo's data."""
    async with published(tmp_path_factory.mktemp("tsa"), demo.TABLE, demo.MAPPING) as found:
        yield found


async def test_six_years_of_claims_are_counted_by_claim_and_month(travellers: Published):
    """59,119 rows, 22 of them the same claim received again."""
    months = await travellers.by_month("2010-01", "2015-12")
    assert (len(months), sum(months.values())) == (72, 59_097)
    assert (months["2010-03"], months["2015-12"]) == (1_056, 672)
    found = await travellers.ask(window={"from": "2010", "to": "2015"}, bucket="year")
    assert all(period["complete"] for period in found["periods"])
    again = await travellers.ask(filters=[{"field": "reopened", "op": "gte", "value": 1}])
    assert again["rows"] == [{"n": 22}]


async def test_their_season_is_that_of_the_ratio_to_the_moving_average(travellers: Published):
    found = (await travellers.get("/reports/trend"))["seasonal"]
    assert found["shown"], found["why"]
    assert [round(index, 1) for index in found["index"]] == SEASON
    months = await travellers.by_month("2010-01", "2015-12")
    body = {"values": list(months.values()), "period": 12, "start": 1}
    answer = await travellers.analyst.post("/api/v1/analysis/seasonal-index", json=body)
    assert [round(index, 1) for index in answer.json()["index"]] == SEASON
    report = await travellers.get("/reports/annual/2015")
    assert report["seasonal"] == found


async def test_signals_of_months_long_past_oblige_nobody(travellers: Published):
    found = (await travellers.get("/signals", limit=500))["items"]
    assert found
    assert {one["historical"] for one in found} == {True}
    async with client(travellers.product, "quality") as quality:
        assert (await quality.get("/api/v1/capas")).json()["items"] == []


@pytest.fixture(scope="module")
async def mediated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    """Complaints that New York City mediated, by the day they were closed."""
    async with published(tmp_path_factory.mktemp("nyc"), NYC, MAPPINGS / "nyc-dca.toml") as found:
        yield found


@pytest.mark.skipif(not NYC.exists(), reason="the table does not lie beside the checkout")
class TestNewYork:
    async def test_rows_that_cannot_be_right_are_taken_in_and_said(self, mediated: Published):
        report = mediated.report
        assert (report.rows, report.complaints, report.refused, report.doubtful) == (4_495, 4_495, 0, 11)
        assert report.flags == {"same_row_twice": 7, "closed_before_received": 4}
        found = await mediated.ask(dimensions=["data_flags"], sort=[{"by": "n", "desc": True}])
        assert [(row["data_flags"], row["n"]) for row in found["rows"]] == [
            (None, 4_484), ("same_row_twice", 7), ("closed_before_received", 4),
        ]  # fmt: skip

    async def test_half_were_closed_in_32_days_and_nine_tenths_in_62(self, mediated: Published):
        found = await mediated.ask(measures=[{"op": "percentile", "field": "close_days", "at": [0.5, 0.8, 0.9], "as": "p"}])
        assert found["rows"] == [{"p_50": 32.0, "p_80": 52.0, "p_90": 62.0}]
        assert [(one["count"], one["why"]) for one in found["ignored"]] == [
            (4, "Their close_days is negative, which is an error in the data.")
        ]
        survival = await mediated.ask(measures=[{"op": "survival", "field": "close_days", "at": [0.5, 0.8, 0.9], "as": "p"}])
        assert survival["rows"] == [{"p_50": 32, "p_80": 52, "p_90": 62}], "all are closed, so none is censored"

    async def test_2430_of_the_3832_who_answered_were_satisfied(self, mediated: Published):
        found = await mediated.ask(measures=[{"op": "ratio", "numerator": SATISFIED, "denominator": ANSWERED, "as": "share"}])
        (row,) = found["rows"]
        assert (row["share_n"], row["share"] * row["share_n"]) == (3_832, pytest.approx(2_430))
        assert row["share_low"] < 2_430 / 3_832 < row["share_high"]


@pytest.fixture(scope="module")
async def washington(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    """Complaints to the Attorney General of Washington State, 2013-2020."""
    folder = tmp_path_factory.mktemp("wa")
    async with published(folder, WA, MAPPINGS / "wa-ago.toml", following=("intake", "reporting")) as found:
        yield found


@pytest.mark.skipif(not WA.exists(), reason="the table does not lie beside the checkout")
class TestWashington:
    async def test_complaints_are_counted_not_rows(self, washington: Published):
        """232,568 rows would overstate them by 81 %."""
        assert (washington.report.rows, washington.report.complaints, washington.report.refused) == (232_568, 128_351, 0)
        assert (await washington.ask())["rows"] == [{"n": 128_351}]
        months = await washington.by_month("2013-01", "2020-04")
        assert (len(months), months["2013-01"], months["2020-03"], months["2020-04"]) == (88, 1_847, 2_037, 3_104)
        years = await washington.ask(bucket="year", window={"from": "2013", "to": "2019"})
        assert [row["n"] for row in years["rows"]] == [18_434, 17_164, 17_272, 17_151, 17_231, 16_652, 15_982]

    async def test_the_last_month_is_a_part_and_says_so(self, washington: Published):
        found = await washington.ask(bucket="month", window={"from": "2020-03", "to": "2020-05"})
        assert [(one["period"], one["complete"], one["why"]) for one in found["periods"]] == [
            ("2020-03", True, None), ("2020-04", True, None), ("2020-05", False, "not_covered"),
        ]  # fmt: skip
        report = await washington.get("/reports/monthly/2020-05")
        assert (report["complete"], report["why"], report["trend"]["months"][-1]["signal"]) == (False, "not_covered", None)

    async def test_a_month_that_is_covered_is_reported_once(self, washington: Published):
        report = await washington.get("/reports/monthly/2020-04")
        assert (report["complete"], report["version"], report["totals"]["received"]) == (True, 1, 3_104)
        assert (await washington.get("/reports/restatements"))["items"] == []

    async def test_every_month_is_judged_over_eleven_thousand_series(self, washington: Published):
        """The last of them; what stands out is said of months long past, and obliges nobody."""
        found = (await washington.get("/signals", **{"from": "2020-03", "to": "2020-04"}, limit=500))["items"]
        assert {one["month"] for one in found} == {"2020-03", "2020-04"}
        assert {one["historical"] for one in found} == {True}
        report = await washington.get("/reports/annual/2019")
        assert [one["expected"] is not None for one in report["trend"]["months"]] == [True] * 12

    async def test_months_with_a_known_cause_are_named_and_no_others(self, washington: Published):
        """The first spring of the pandemic; the state's lawsuit against Comcast and its publicity; nothing at AT&T."""
        total = await washington.by_month("2013-01", "2020-04")
        assert await washington.beyond(total, "2016-01") == ["2020-03", "2020-04"]
        comcast = await washington.by_month("2013-01", "2020-04", customer_ref=COMCAST)
        assert await washington.beyond(comcast, "2016-01") == ["2016-08", "2016-10", "2017-12", "2018-01"]

    async def test_customers_that_are_one_are_counted_as_one(self, washington: Published):
        before = [await washington.by_month("2013-01", "2020-04", customer_ref=ref) for ref in (ATT, ATT_TOO)]
        async with client(washington.product, "desk") as desk:
            for ref in (ATT, ATT_TOO):
                await _done(desk, "/customers", {"ref": ref, "name": "AT&T", "status": "active"})
            position = await _done(desk, f"/customers/{ATT_TOO}/merge", {"into": ATT, "reason": "One company under two numbers."})
        await washington.get("/reports/restatements", min_position=position)
        merged = await washington.by_month("2013-01", "2020-04", customer_ref=ATT)
        assert merged == {month: sum(one[month] for one in before) for month in merged}
        assert await washington.beyond(merged, "2016-01") == []


async def _done(http: httpx.AsyncClient, path: str, body: dict[str, str]) -> str:
    """The position to wait for."""
    answer = await http.post(f"/api/v1{path}", json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["position"])
