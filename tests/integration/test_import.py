"""An imported complaint against a posted one: the same decision, the same append, the same answers afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from conftest import Database
from services.intake.importing.mapping_file import parse_mapping
from services.intake.importing.run import run_import
from services.intake.service import wire
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived
from shared.envelope import Envelope
from shared.sealing import unsealed
from shared.settings import Settings
from tests.alone import Alone, alone

BODY: dict[str, Any] = {
    "channel": "phone",
    "content_class": "product_quality",
    "received_at": "2020-03-02T01:30:00Z",
    "external_ref": "CRM-8841",
    "issue_codes": ["leakage", "noise"],
    "description": "The pump leaks.",
    "remedy_sought": "replacement",
    "occurred_on": "2020-03-01",
    "perceived_seriousness": "serious",
    "complainant": {"name": "Li Wei", "phone": "138 0013 8000", "email": "Li.Wei@example.com", "address": "Road 1", "anonymous": False, "represents": "Wang"},
    "customer": {"ref": "C-1007", "name": "Hua Pumps"},
    "product": {
        "code": "P-20", "name": "Pump", "batch": "B2291", "serial": "S-1", "quantity_affected": 12, "quantity_returned": 0,
        "damaged_parts": ["seal"], "purchased_on": "2019-10-02", "purchased_at": "Market 3",
    },
}  # fmt: skip
LISTS = {
    "issue_codes": {"column": "issue_codes", "all": True, "split": "; "},
    "damaged_parts": {"column": "product.damaged_parts", "all": True},
}


def cells() -> dict[str, str]:
    """The same complaint as a row: a column for each field."""
    row: dict[str, str] = {}
    for name, value in BODY.items():
        for part, text in value.items() if isinstance(value, dict) else [("", value)]:
            row[f"{name}.{part}" if part else name] = (
                "; ".join(text) if isinstance(text, list) else str(text).lower() if text is False else str(text)
            )
    return row


def mapping() -> dict[str, Any]:
    complaint: dict[str, Any] = {name: name for name in cells()}
    complaint |= {"issue_codes": LISTS["issue_codes"], "product.damaged_parts": LISTS["damaged_parts"]}
    return {
        "source": {"name": "crm"},
        "complaint": complaint,
        "case": {"closed_at": {"column": "Closed", "format": "%d.%m.%Y"}, "outcome": {"column": "Outcome"}},
    }


def table(folder: Path) -> Path:
    row = {**cells(), "Closed": "09.03.2020", "Outcome": "satisfied"}
    path = folder / "crm.csv"
    path.write_text("|".join(row) + "\n" + "|".join(row.values()) + "\n", encoding="utf-8")
    return path


@pytest.fixture
async def intake(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("intake", wire, database, settings) as running:
        yield running


async def take_in(intake: Alone, folder: Path) -> list[Envelope]:
    content = mapping()
    content["source"]["delimiter"] = "|"
    report = await run_import(intake.service, table(folder), parse_mapping(content))
    assert (report.complaints, report.refused, report.doubtful) == (1, 0, 0)
    (found,) = await intake.service.pool.fetch("select distinct stream_id from events where type = $1", ComplaintReceived.TYPE)
    return await intake.service.store.stream(found["stream_id"])


async def in_clear(intake: Alone, envelopes: list[Envelope]) -> list[Any]:
    async with intake.service.pool.acquire() as connection:
        return [one.event for one in await unsealed(intake.service.vault, connection, envelopes)]


async def test_an_imported_complaint_is_a_posted_one_but_for_its_history(intake: Alone, tmp_path: Path):
    (imported,) = await in_clear(intake, await take_in(intake, tmp_path))
    async with intake.client("channel") as channel:
        answer = await channel.post("/api/v1/complaints", json=BODY)
        assert answer.status_code == 201, answer.text
    posted, acknowledged = await in_clear(intake, await intake.service.store.stream(UUID(answer.json()["id"])))
    assert isinstance(acknowledged, ComplaintAcknowledged)  # nobody tells an imported complaint's person anything

    own = {"complaint_id", "number", "actor", "occurred_at", "history"}
    assert imported.model_dump(exclude=own) == posted.model_dump(exclude=own)
    assert (imported.number[-6:], posted.number[-6:]) == ("000001", "000002")
    (only,) = imported.history.rounds
    assert (imported.history.source, only.received_at, only.closed, only.outcome) == ("crm", imported.received_at, True, "satisfied")


async def test_an_imported_complaint_is_read_and_found_as_a_posted_one(intake: Alone, tmp_path: Path):
    (received,) = await take_in(intake, tmp_path)
    async with intake.client("desk") as desk:
        at = {"min_position": received.position}
        shown = (await desk.get(f"/api/v1/complaints/{received.recorded.stream_id}", params=at)).json()
        assert {name: shown[name] for name in BODY} == BODY
        assert (shown["imported"], shown["acknowledged_at"], shown["data_flags"]) == (True, None, [])
        for sought in ({"phone": "+86 138 0013 8000"}, {"email": "li.wei@EXAMPLE.com"}, {"external_ref": "CRM-8841"}):
            answer = await desk.post("/api/v1/complaints/lookup", json=sought, params=at)
            assert [one["id"] for one in answer.json()["items"]] == [str(received.recorded.stream_id)], sought
