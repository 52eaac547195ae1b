"""Survey's view shows the same however its events are cut into batches and however often they are delivered."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from uuid import UUID, uuid5

import pytest

from conftest import Database
from services.survey.callback import callback_id
from services.survey.views import callbacks
from services.survey.views.callbacks import CALLBACKS
from shared.contracts.survey import CallbackAnswered, CallbackAttempted, CallbackDue, CallbackExpired, CallbackUnreached
from shared.contracts.vocabulary import ComplaintId
from shared.testing import NOON, Ledger, deliver

ASKED, MISSED, WAITING = (ComplaintId(uuid5(UUID(int=0), f"complaint {n}")) for n in range(3))
DAY = timedelta(days=1)


def due(complaint: ComplaintId, closing_round: int = 1) -> CallbackDue:
    return CallbackDue(
        callback_id=callback_id(complaint, closing_round),
        complaint_id=complaint,
        closing_round=closing_round,
        due_at=NOON + closing_round * DAY,
        expires_at=NOON + 30 * DAY,
    )


def tried(complaint: ComplaintId, attempt: int, outcome: str = "no_answer") -> CallbackAttempted:
    return CallbackAttempted(
        callback_id=callback_id(complaint, 1), complaint_id=complaint, attempt=attempt, outcome=outcome, medium="phone"
    )


def story() -> list:
    ledger = Ledger()
    asked, missed, waiting = callback_id(ASKED, 1), callback_id(MISSED, 1), callback_id(WAITING, 1)
    answered = CallbackAnswered(
        callback_id=asked,
        complaint_id=ASKED,
        closing_round=1,
        satisfied_with_handling="very",
        satisfied_with_remedy="not",
        satisfied=False,
        comment="It leaks again.",
    )
    return [
        *ledger.record(asked, due(ASKED), tried(ASKED, 1), tried(ASKED, 2, "answered"), answered, key=ASKED),
        *ledger.record(callback_id(ASKED, 2), due(ASKED, 2), key=ASKED),
        *ledger.record(missed, due(MISSED), *(tried(MISSED, n) for n in (1, 2, 3)), key=MISSED),
        *ledger.record(missed, CallbackUnreached(callback_id=missed, complaint_id=MISSED), key=MISSED),
        *ledger.record(waiting, due(WAITING), CallbackExpired(callback_id=waiting, complaint_id=WAITING, because="reopened"), key=WAITING),
    ]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_view_shows_who_is_to_be_asked_and_what_the_others_said(database: Database, times: int, seed: int):
    await deliver(lambda: database.connect("survey"), "survey", (CALLBACKS,), story(), times=times, random=Random(seed))
    async with database.pool("survey") as pool:
        waiting = await callbacks.page(pool, "due", None, None, 10)
        assert [(row["complaint_id"], row["closing_round"], row["attempts"]) for row in waiting] == [(ASKED, 2, 0)]
        asked = await callbacks.one(pool, callback_id(ASKED, 1))
        assert (asked["state"], asked["attempts"], asked["version"]) == ("answered", 2, 4)
        assert (asked["satisfied_with_handling"], asked["satisfied_with_remedy"]) == ("very", "not")
        missed = await callbacks.one(pool, callback_id(MISSED, 1))
        assert (missed["state"], missed["attempts"], missed["version"]) == ("unreached", 3, 5)
        assert (await callbacks.one(pool, callback_id(WAITING, 1)))["state"] == "expired"
        first, *_ = everything = await callbacks.page(pool, None, ASKED, None, 10)
        assert [row["closing_round"] for row in everything] == [1, 2]
        rest = await callbacks.page(pool, None, ASKED, (first["due_at"], first["id"]), 10)
        assert [row["closing_round"] for row in rest] == [2]
