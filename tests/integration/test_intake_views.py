"""Intake's views show the same whatever order the topics arrive in, and however often an event comes."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from conftest import Database
from services.intake.contact import lookup_hash
from services.intake.views import complaints, lookup, offers
from services.intake.views.lookup import lookup_view
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintReceived
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseOpened,
    CaseReopened,
    RemedyAnswered,
    RemedyApproved,
    RemedyCarriedOut,
    RemedyOffered,
    RemedyProposed,
    WorkItemHandedOver,
    WorkItemOffered,
)
from shared.contracts.vocabulary import Complainant, ComplaintId
from shared.envelope import Envelope
from shared.sealing import Vault, opened, seal
from shared.testing import NOON, Ledger, deliver

KEY = b"k" * 32
ONE, OTHER = ComplaintId(uuid4()), ComplaintId(uuid4())
FACTS: dict[str, Any] = {
    "complaint_id": ONE,
    "number": "C-2026-000001",
    "channel": "phone",
    "content_class": "product_quality",
    "received_at": NOON,
}


def road(round_two: bool = True) -> list[Event]:
    assessed = {
        "complaint_id": ONE, "severity": "ordinary", "nature": "valid", "safety": False, "recurrent": None, "complexity": "low",
        "impact": "low", "immediate_action": "possible", "pass_on": False, "path": "desk", "reason": "Leaks.",
    }  # fmt: skip
    return [
        CaseOpened(**FACTS, registered_at=NOON),
        WorkItemOffered(complaint_id=ONE, item_id=uuid4(), number="C-2026-000001", department="desk", task="assess"),
        CaseAssessed.model_validate(assessed),
        WorkItemOffered(complaint_id=ONE, item_id=uuid4(), number="C-2026-000001", department="technical", task="act"),
        RemedyOffered(complaint_id=ONE, round=1, kinds=("repair",), text="We repair it.", commitment="soon"),
        RemedyAnswered(complaint_id=ONE, round=1, accepted=True, medium="phone", by="staff"),
        RemedyCarriedOut(complaint_id=ONE, round=1, on=NOON.date(), evidence="Seen."),
        CaseClosed(complaint_id=ONE, closing_round=1, outcome="satisfied"),
        CaseReopened(complaint_id=ONE, reason="Not satisfied.", because="callback"),
        RemedyOffered(complaint_id=ONE, round=2, kinds=("refund",), text="Money back.", commitment="at once"),
        WorkItemHandedOver(complaint_id=ONE, item_id=uuid4(), from_department="technical", to_department="production", reason="Theirs."),
    ]


async def sealed(envelope: Envelope, vault: Vault, connection: asyncpg.Connection) -> Envelope:
    """As the store would hold it: sealed under the complaint's key."""
    subject = UUID(envelope.body["complaint_id"])
    keys = await vault.keys(connection, [subject], make=True)
    event = seal(envelope.data, envelope.recorded.event_id, subject, keys[subject] or b"")
    return Envelope(envelope.recorded._replace(data=event.model_dump_json(exclude_none=True).encode()))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("times", [1, 2])
async def test_the_views_do_not_depend_on_the_interleaving(database: Database, times: int, seed: int):
    ledger, vault, connection = Ledger(), Vault(database.keys), await database.connect("intake")
    person = Complainant(name="Li Wei", phone="138 0013 8000", email="Li@example.com")
    story = ledger.record(ONE, ComplaintReceived(**FACTS, complainant=person, departments=("north",)))
    story += ledger.record(OTHER, ComplaintReceived.model_validate(FACTS | {"complaint_id": OTHER, "number": "C-2026-000002"}))
    story += ledger.record(ONE, *road())
    story = [await sealed(envelope, vault, connection) for envelope in story]
    views = (complaints.COMPLAINTS, lookup_view(vault, KEY, "CN"), offers.OFFERS)
    await deliver(lambda: database.connect("intake"), "intake", views, story, times=times, random=Random(seed))

    assert await complaints.id_of(connection, "C-2026-000002") == OTHER
    standings = await complaints.standing(connection, [ONE, OTHER])
    assert (standings[ONE].state, standings[ONE].held) == ("offered", {"desk", "technical", "production"})
    assert standings[OTHER] == complaints.Standing()
    by_phone = lookup_hash(KEY, "phone", "+86 138 0013 8000", "CN")
    assert [one for _, one, _ in await lookup.found(connection, "phone", by_phone, 9, None)] == [ONE]
    by_mail = lookup_hash(KEY, "email", "li@EXAMPLE.com", "CN")
    assert [number for _, _, number in await lookup.found(connection, "email", by_mail, 9, None)] == ["C-2026-000001"]
    steps = await offers.of_complaint(connection, ONE)
    assert offers.offers(steps).open == 2
    assert offers.offers(steps).answered == {1}
    assert [one.value for one in await opened(vault, connection, [steps[-1]["text"]])] == ["Money back."]
    assert "Money back" not in steps[-1]["text"]


@pytest.mark.parametrize(
    ("upto", "expected"),
    [(4, (None, set())), (5, (1, set())), (6, (None, {1})), (8, (None, {1})), (9, (None, {1})), (10, (2, {1}))],
)
def test_an_offer_is_open_from_its_proposal_to_its_answer_or_the_closing(upto: int, expected: tuple[int | None, set[int]]):
    told = [{"type": e.TYPE, "facts": e.model_dump()} for e in road()[:upto] if e.TYPE in offers.VISIBLE]
    found = offers.offers(told)
    assert (found.open, set(found.answered)) == expected


async def test_a_proposal_is_the_complainants_to_see_once_it_is_approved(database: Database):
    vault, connection = Vault(database.keys), await database.connect("intake")
    proposed = RemedyProposed(complaint_id=ONE, round=3, kinds=("refund",), text="Half of it.", commitment="at once")
    approved = RemedyApproved(complaint_id=ONE, round=3, reason="Fair.")
    ledger = Ledger()
    waiting = [await sealed(envelope, vault, connection) for envelope in ledger.record(ONE, proposed)]
    decided = [await sealed(envelope, vault, connection) for envelope in ledger.record(ONE, approved)]
    for story, found in ((waiting, None), (decided, 3)):
        await deliver(lambda: database.connect("intake"), "intake", (offers.OFFERS,), story)
        steps = await offers.of_complaint(connection, ONE)
        assert offers.offers(steps).open == found
    (step,) = steps
    assert (step["type"], step["recorded_at"]) == (RemedyOffered.TYPE, decided[0].recorded.recorded_at)
    assert [one.value for one in await opened(vault, connection, [step["text"]])] == ["Half of it."]


@pytest.mark.parametrize(("closings", "closed", "about"), [((), False, 1), ((1,), True, 1), ((1,), False, 2), ((), True, None)])
def test_a_word_on_the_settlement_is_about_the_last_closing_or_the_one_to_come(closings, closed, about):
    told = [{"type": CaseClosed.TYPE, "facts": {"closing_round": n}} for n in closings]
    assert offers.closing_spoken_of(told, closed=closed) == about


async def test_who_was_erased_is_not_found_by_a_rebuild(database: Database):
    vault, connection = Vault(database.keys), await database.connect("intake")
    story = Ledger().record(ONE, ComplaintReceived(**FACTS, complainant=Complainant(phone="138 0013 8000")))
    story = [await sealed(envelope, vault, connection) for envelope in story]
    await vault.shred(connection, ONE)
    await deliver(lambda: database.connect("intake"), "intake", (lookup_view(vault, KEY, "CN"),), story)
    assert await connection.fetchval("select count(*) from lookup") == 0
