"""Reporting's pages, as somebody without a token sees them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from services.reporting.tests.lives import (
    imported,
)
from shared.contracts.intake import HistoryRound, ImportFinished
from shared.contracts.vocabulary import Customer
from shared.settings import Settings
from tests.integration.reporting.house import BEGAN, House, on


async def test_the_face_needs_no_token_and_loads_nothing_from_elsewhere(house: House):
    async with house.alone.stranger() as client:
        for path, words in (("/", "What runs"), ("/?lang=zh-CN", "正在运行"), ("/reference", "monthly")):
            page = await client.get(path)
            assert page.status_code == 200
            assert words in page.text
            assert "http" not in page.text.replace("http://product", "").replace("http://www.w3.org", "")
            assert "<script" not in page.text
            assert " style=" not in page.text
            assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (await client.get("/", headers={"accept-language": "zh"})).headers["content-language"] == "zh-CN"
        assert (await client.get("/static/redress.css")).headers["content-type"].startswith("text/css")
        assert (await client.get("/static/../service.py")).status_code == 404


async def test_only_the_demos_figures_are_shown_without_a_token(house: House, settings: Settings):
    start = datetime(2014, 5, 3, tzinfo=UTC)
    for n in range(30):
        customer = Customer(ref="<b>", name="<script>alert(1)</script>")
        house.life.at(BEGAN, imported(n, HistoryRound(received_at=start + timedelta(days=n)), customer=customer))
    figures = {"rows": 1, "complaints": 1, "already_there": 0, "changed": 0, "refused": 0, "doubtful": 0}
    done = ImportFinished(import_id=uuid4(), source="s", **figures, covers_from=date(2014, 5, 1), covers_to=date(2014, 5, 31))
    house.life.envelopes += house.life.ledger.record(done.import_id, done)
    positions = await house.tell(on(1, 2))
    async with house.client("analyst") as client:
        page = await client.get("/", params={"min_position": positions})
        assert "2014-05" not in page.text
        (settings.data / "demo").touch()
        page = await client.get("/", params={"min_position": positions})
    assert "2014-05" in page.text
    assert "<svg" in page.text
    assert "<script" not in page.text
    assert "The clock is moved by hand" in page.text
