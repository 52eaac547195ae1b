"""What capa does about what happened elsewhere."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.capa.cause_review import OpenReview, review_id
from services.capa.commands import OpenCapa, Trigger
from services.capa.reactions import REACTS_TO, react
from shared.contracts.reporting_signals import Judged, SignalBaseline, SignalRule, SignalSeries, TrendSignalRaised
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


SIGNAL = UUID("22222222-2222-4222-8222-222222222222")


def raised(*, historical: bool) -> TrendSignalRaised:
    return TrendSignalRaised(
        signal_id=SIGNAL,
        series=SignalSeries(dimension="product_code+issue_code", key="P-20 × leakage", product_code="P-20", issue_code="leakage"),
        month="2026-10",
        historical=historical,
        severity="important",
        department="technical",
        judged=Judged(method="lean", observed=31, expected=9.8, bound=17, p=1e-7, q=1e-5),
        rule=SignalRule(version="trend-signal.v1", alpha=0.05, adjust="bh", min_count=3, min_ratio=1.5, baseline_months=48),
        baseline=SignalBaseline(first="2026-05", counts=(9, 10, 9, 11, 10, 31)),
        family=40,
        data_hash="7c1e",
        known_at=NOON,
    )


def test_a_trend_signal_opens_an_action_on_what_its_series_is_about():
    (reaction,) = reactions_to(raised(historical=False))
    assert reaction.command == OpenCapa(
        Trigger("trend", str(SIGNAL)),
        "2026-10: P-20 × leakage, 31 (9.8)",
        "important",
        "technical",
        product_code="P-20",
        issue_code="leakage",
    )
    assert reactions_to(raised(historical=False))[0].stream_id == reaction.stream_id, "again it is the same action"


def test_a_signal_of_a_month_long_past_opens_nothing():
    assert reactions_to(raised(historical=True)) == []
