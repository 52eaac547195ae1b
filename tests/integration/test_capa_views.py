"""Capa's views show the same whatever the order of the topics and however often an event is delivered."""

from __future__ import annotations

from datetime import date
from random import Random
from uuid import UUID, uuid5

import pytest

from conftest import Database
from services.capa.cause_review import own_capa_id, review_id
from services.capa.views import capas, cause_reviews
from services.capa.views.capas import CAPAS
from services.capa.views.cause_reviews import CAUSE_REVIEWS, Sight
from services.capa.views.complaints import COMPLAINTS
from shared.contracts.capa import CapaComplaintAdded, CapaOpened, CauseReviewDecided, CauseReviewOpened
from shared.contracts.routing import CaseAssessed, CaseClosed, CaseOpened, RemedyCarriedOut
from shared.contracts.vocabulary import ComplaintId
from shared.testing import NOON, Ledger, deliver

FIRST, SECOND, THIRD = (ComplaintId(uuid5(UUID(int=0), f"complaint {n}")) for n in range(3))
CAPA = own_capa_id(FIRST)
ALL = Sight()


def road(ledger: Ledger, complaint: ComplaintId, number: str, department: str, severity: str = "ordinary") -> list:
    """Routing's events of a complaint until its remedy is carried out, and capa's review of it."""
    routed = ledger.record(
        complaint,
        CaseOpened(
            complaint_id=complaint,
            number=number,
            channel="phone",
            content_class="product_quality",
            received_at=NOON,
            registered_at=NOON,
            issue_codes=("leakage", "noise"),
            product_code="P-20",
        ),
        CaseAssessed(
            complaint_id=complaint,
            severity=severity,
            nature="valid",
            safety=False,
            complexity="low",
            impact="low",
            immediate_action="possible",
            pass_on=True,
            path="quality_assurance",
            responsible_department=department,
            reason="It leaks.",
        ),
        RemedyCarriedOut(complaint_id=complaint, round=1, on=date(2026, 11, 20), evidence="Photo."),
        CaseClosed(complaint_id=complaint, closing_round=1, outcome="satisfied"),
    )
    return routed + ledger.record(review_id(complaint), CauseReviewOpened(complaint_id=complaint, because="carried_out"), key=complaint)


def decided(ledger: Ledger, complaint: ComplaintId, capa: UUID | None) -> list:
    decision = CauseReviewDecided(
        complaint_id=complaint,
        method="five_why",
        cause_levels=("occurrence",),
        cause_texts=("The seal was fitted dry.",),
        needed=capa is not None,
        reason="It will come again.",
        extend_to_others=True,
        capa_id=capa,
    )
    return ledger.record(review_id(complaint), decision, key=complaint)


def story() -> list:
    """Three reviews: the first opens a CAPA, the second joins it, the third waits."""
    ledger = Ledger()
    events = [
        *road(ledger, FIRST, "C-2026-000001", "production"),
        *road(ledger, SECOND, "C-2026-000002", "production"),
        *road(ledger, THIRD, "C-2026-000003", "purchasing", "major"),
        *decided(ledger, FIRST, CAPA),
    ]
    opened = CapaOpened(
        capa_id=CAPA,
        number="CA-2026-0001",
        trigger="complaint",
        trigger_ref=str(FIRST),
        title="C-2026-000001 leakage P-20",
        severity="ordinary",
        owner_department="production",
        complaints=(FIRST,),
        product_code="P-20",
        issue_code="leakage",
    )
    events += ledger.record(CAPA, opened)
    events += decided(ledger, SECOND, CAPA)
    return events + ledger.record(CAPA, CapaComplaintAdded(capa_id=CAPA, complaint_id=SECOND))


@pytest.fixture
async def pool(database: Database, times: int, seed: int):
    views = (COMPLAINTS, CAUSE_REVIEWS, CAPAS)
    await deliver(lambda: database.connect("capa"), "capa", views, story(), times=times, random=Random(seed))
    async with database.pool("capa") as pool:
        yield pool


pytestmark = [pytest.mark.parametrize("times", [1, 2]), pytest.mark.parametrize("seed", [1, 2, 3])]


async def test_the_views_show_reviews_and_actions(pool):
    waiting = await cause_reviews.page(pool, ALL, "open", None, 10)
    assert [(row["number"], row["severity"], row["responsible_department"]) for row in waiting] == [
        ("C-2026-000003", "major", "purchasing")
    ]
    assert [row["complaint_id"] for row in await cause_reviews.page(pool, ALL, "decided", None, 10)] == [FIRST, SECOND]
    review = await cause_reviews.one(pool, FIRST, ALL)
    assert (review["state"], review["version"], review["method"], review["capa_id"]) == ("decided", 2, "five_why", CAPA)
    assert (review["issue_codes"], review["product_code"], review["decided_by"]) == (["leakage", "noise"], "P-20", "Anna")

    capa = await capas.one(pool, CAPA, None)
    assert (capa["number"], capa["state"], capa["complaints"], capa["version"]) == ("CA-2026-0001", "planning", [FIRST, SECOND], 2)
    served = await capas.page(
        pool, None, state="planning", department="production", complaint_id=SECOND, now=NOON, overdue=None, after=None, limit=10
    )
    assert [row["id"] for row in served] == [CAPA]
    assert (
        await capas.page(pool, None, state="closed", department=None, complaint_id=None, now=NOON, overdue=None, after=None, limit=10) == []
    )
    assert [row["id"] for row in await capas.similar(pool, "P-20", ["other"], None)] == [CAPA]
    assert [row["id"] for row in await capas.similar(pool, None, ["noise", "leakage"], None)] == [CAPA]
    assert await capas.similar(pool, None, ["noise"], None) == []

    seen = [
        (await cause_reviews.one(pool, THIRD, Sight(departments, severities))) is not None
        for departments, severities in [(("purchasing",), ()), (("technical_director",), ("major",)), (("production",), ("important",))]
    ]
    assert seen == [True, True, False]
    assert await capas.one(pool, CAPA, ("purchasing",)) is None

    first, second = await cause_reviews.page(pool, ALL, None, None, 2)
    rest = await cause_reviews.page(pool, ALL, None, (second["opened_at"], second["complaint_id"]), 2)
    assert [row["complaint_id"] for row in (first, second, *rest)] == [FIRST, SECOND, THIRD]
