"""The rules of a corrective action."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from services.capa.capa import CAPA
from services.capa.commands import JoinCapa, OpenCapa, Trigger
from shared.contracts.capa import CapaComplaintAdded, CapaOpened
from shared.contracts.vocabulary import ComplaintId
from shared.testing import happened, scenario

CAPA_ID = UUID("22222222-2222-4222-8222-222222222222")
FIRST, SECOND = (ComplaintId(UUID(f"{n}1111111-1111-4111-8111-111111111111")) for n in (1, 3))

given = scenario(CAPA, CAPA_ID)
start = OpenCapa(Trigger("complaint", str(FIRST)), "C-2026-000123 leakage", "ordinary", "production", (FIRST,), "P-20", "leakage")
opened = CapaOpened(
    capa_id=CAPA_ID,
    number="CA-2026-0007",
    trigger="complaint",
    trigger_ref=str(FIRST),
    title="C-2026-000123 leakage",
    severity="ordinary",
    owner_department="production",
    complaints=(FIRST,),
    product_code="P-20",
    issue_code="leakage",
)


def test_an_action_is_opened_and_asks_for_the_next_number():
    given().when(start).then(opened.model_copy(update={"number": "?CA"}))


def test_opening_it_again_changes_nothing():
    given(opened).when(start).nothing()


@pytest.mark.parametrize(
    ("severity", "responsible", "owner"),
    [
        ("major", "production", "technical_director"),
        ("important", "production", "technical"),
        ("ordinary", "production", "production"),
        ("ordinary", None, "desk"),
    ],
)
def test_the_owner_follows_from_the_severity(severity, responsible, owner):
    given().when(replace(start, severity=severity, responsible_department=responsible)).then(happened(CapaOpened, owner_department=owner))


def test_another_complaint_joins():
    given(opened).when(JoinCapa(SECOND)).then(CapaComplaintAdded(capa_id=CAPA_ID, complaint_id=SECOND))


@pytest.mark.parametrize("joined", [FIRST, SECOND])
def test_a_complaint_joins_once(joined):
    given(opened, CapaComplaintAdded(capa_id=CAPA_ID, complaint_id=SECOND)).when(JoinCapa(joined)).nothing()


def test_nothing_joins_an_action_that_is_not_there():
    given().when(JoinCapa(FIRST)).invalid("/join_capa")
