"""When a complaint is late, when it was acknowledged and remedied, and what it costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid5

from services.reporting.said import KEPT, in_order, said
from services.reporting.story import FIELDS, Story
from services.reporting.telling import tell
from services.reporting.tests.lives import (
    NAMES,
    Life,
    acknowledged,
    answered,
    approved,
    assessed,
    carried_out,
    closed,
    complaint_id,
    imported,
    missed,
    offered,
    received,
    reopened,
)
from shared.contracts.intake import HistoryRound, MessagePosted
from shared.contracts.routing import RemedyProposed
from shared.contracts.vocabulary import Money

DAY = timedelta(days=1)
START = datetime(2026, 1, 10, 3, tzinfo=UTC)


def story_of(life: Life) -> Story:
    return tell(in_order(said(event) for event in life.envelopes if event.type in KEPT))


def facts(story: Story) -> dict[str, object]:
    return dict(zip(FIELDS, story.versions[-1].facts, strict=True))


def written(by: str = "staff", visible: bool = True) -> MessagePosted:
    return MessagePosted.model_validate(
        {"complaint_id": complaint_id(1), "message_id": uuid5(NAMES, "message"), "by": by, "text": "Soon.", "visible": visible}
    )


def late(story: Story) -> list[tuple[datetime, datetime | None]]:
    return [(spell.began_at, spell.ended_at) for spell in story.late if spell.recorded_to.year == 9999]


def test_a_complaint_is_overdue_from_the_first_missed_deadline_until_all_are_met():
    life = Life(START).at(START, received(1, START)).at(START + 2 * DAY, missed(1, START + DAY, "assessment"))
    life.at(START + 3 * DAY, missed(1, START + 2 * DAY, "desk_remedy"))
    assert facts(story_of(life))["overdue"]
    life.at(START + 4 * DAY, assessed(1, path="desk"))
    assert facts(story_of(life))["overdue"], "the remedy is still missing"
    life.at(START + 5 * DAY, offered(1))
    assert not facts(story_of(life))["overdue"]
    assert late(story_of(life)) == [(START + DAY, START + 5 * DAY)]


def test_a_closed_complaint_is_not_overdue():
    life = (
        Life(START).at(START, received(1, START)).at(START + DAY, missed(1, START + DAY, "status_message")).at(START + 2 * DAY, closed(1))
    )
    assert not facts(story_of(life))["overdue"]
    life.at(START + 3 * DAY, missed(1, START + 2 * DAY, "telling"))
    assert late(story_of(life)) == [(START + DAY, START + 2 * DAY)]


def test_what_was_met_meanwhile_in_another_service_was_late_only_until_then():
    life = Life(START).at(START, received(1, START)).at(START + 2 * DAY, written())
    life.at(START + 3 * DAY, missed(1, START + DAY, "personal_contact"))
    assert not facts(story_of(life))["overdue"]
    assert late(story_of(life)) == [(START + DAY, START + 2 * DAY)]


def test_only_a_visible_message_of_staff_is_word_to_the_complainant():
    life = Life(START).at(START, received(1, START)).at(START + DAY, missed(1, START + DAY, "status_message"))
    life.at(START + 2 * DAY, written(by="complainant"), written(visible=False))
    assert facts(story_of(life))["overdue"]
    assert not facts(story_of(life.at(START + 3 * DAY, written())))["overdue"]


def test_the_work_of_a_department_makes_no_complaint_overdue():
    life = Life(START).at(START, received(1, START)).at(START + DAY, missed(1, START + DAY, "take"))
    assert not facts(story_of(life))["overdue"]


def test_a_complaint_is_acknowledged_once_and_remedied_anew_after_a_reopening():
    life = Life(START).at(START, received(1, START)).at(START + DAY, acknowledged(1)).at(START + 2 * DAY, acknowledged(1), carried_out(1))
    now = facts(story_of(life))
    assert (now["acknowledged_at"], now["remedied_at"]) == (START + DAY, START + 2 * DAY)
    assert facts(story_of(life.at(START + 3 * DAY, closed(1), reopened(1))))["remedied_at"] is None


def test_the_amount_is_that_of_the_round_offered_last():
    money = Money(amount=Decimal("12.50"), currency="CNY")
    life = Life(START).at(START, received(1, START)).at(START + DAY, offered(1).model_copy(update={"amount": money}))
    assert (facts(story_of(life))["amount"], facts(story_of(life))["currency"]) == (Decimal("12.50"), "CNY")
    proposed = RemedyProposed(complaint_id=complaint_id(1), round=2, kinds=("refund",), text="All.", commitment="soon", amount=money)
    life.at(START + 2 * DAY, answered(1, False), offered(1, 2), answered(1, False, 2), proposed.model_copy(update={"round": 3}))
    assert facts(story_of(life))["amount"] is None, "a proposal is not offered yet"
    assert facts(story_of(life.at(START + 3 * DAY, approved(1, 3))))["amount"] == Decimal("12.50")


def test_an_imported_complaint_costs_what_its_last_round_says():
    rounds = [
        HistoryRound(received_at=START, closed=True, amount=Money(amount=Decimal(amount), currency="USD")) for amount in ("1.00", "2.00")
    ]
    assert facts(story_of(Life(START).at(START + DAY, imported(1, *rounds))))["amount"] == Decimal("2.00")
