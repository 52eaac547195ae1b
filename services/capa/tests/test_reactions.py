"""What capa does about what happened elsewhere."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.capa.cause_review import OpenReview, review_id
from services.capa.reactions import REACTS_TO, react
from shared.contracts.routing import CaseClosed, CaseImported, RemedyCarriedOut
from shared.contracts.vocabulary import ComplaintId
from shared.testing import NOON, Ledger

COMPLAINT = ComplaintId(UUID("11111111-1111-4111-8111-111111111111"))


def reactions_to(*events):
    return [reaction for envelope in Ledger().record(COMPLAINT, *events) for reaction in react(envelope)]


def closed(outcome: str) -> CaseClosed:
    return CaseClosed(complaint_id=COMPLAINT, closing_round=1, outcome=outcome)


def test_a_remedy_carried_out_opens_a_review():
    (reaction,) = reactions_to(RemedyCarriedOut(complaint_id=COMPLAINT, round=1, on=date(2026, 11, 20), evidence="photo"))
    assert reaction.command == OpenReview(COMPLAINT, "carried_out")
    assert (reaction.stream_id, reaction.key) == (review_id(COMPLAINT), COMPLAINT)


@pytest.mark.parametrize("outcome", ["satisfied", "recourse_exhausted", "no_answer"])
def test_closing_opens_one_too(outcome):
    (reaction,) = reactions_to(closed(outcome))
    assert reaction.command == OpenReview(COMPLAINT, "closed")


@pytest.mark.parametrize("outcome", ["withdrawn", "duplicate"])
def test_what_was_not_handled_needs_none(outcome):
    assert reactions_to(closed(outcome)) == []


def test_an_imported_case_needs_none():
    imported = CaseImported(
        complaint_id=COMPLAINT,
        number="C-2026-000123",
        channel="other",
        content_class="product_quality",
        received_at=NOON,
        registered_at=NOON,
        closed=True,
        outcome="satisfied",
    )
    assert reactions_to(imported) == []
    assert CaseImported.TYPE not in REACTS_TO
