"""Who is told of what (RT-16, RT-9): complainants of what concerns them, staff of what waits for them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from services.intake.notifying.notification import Request
from services.intake.notifying.otherwise import left_to
from services.intake.notifying.requesting import PROMISED, requests
from shared.contracts.event import Event
from shared.contracts.intake import ComplaintAcknowledged
from shared.contracts.routing import (
    CaseEscalated,
    DeadlineMissed,
    DeadlineNear,
    RemedyApproved,
    RemedyOffered,
    RemedyProposed,
    ResultReported,
    WorkItemOffered,
)
from shared.contracts.survey import CallbackDue
from shared.contracts.vocabulary import Complainant, ComplaintId, Task
from shared.policy import Policy, parse, shipped, shipped_content
from shared.testing import NOON, Ledger

COMPLAINT = ComplaintId(UUID("11111111-1111-4111-8111-111111111111"))
ITEM = UUID("22222222-2222-4222-8222-222222222222")
CAPA = UUID("44444444-4444-4444-8444-444444444444")

LI = {"person": "li", "name": "Li", "department": "desk", "email": "li@example.com"}
WANG = {
    "person": "wang",
    "name": "Wang",
    "department": "desk",
    "email": "wang@example.com",
    "absences": [{"from": "2026-11-20", "to": "2026-11-20"}],
}
ZHAO = {"person": "zhao", "name": "Zhao", "department": "desk"}
QIAN = {"person": "qian", "name": "Qian", "department": "desk", "email": "qian@example.com", "head": True}


def policy(*people: dict[str, Any]) -> Policy:
    return parse({**shipped_content(), "people": list(people)})


def told(event: Event, *people: dict[str, Any], mailing: bool = True, key: UUID = COMPLAINT) -> list[tuple[str, str, tuple[str, ...]]]:
    found = []
    for envelope in Ledger().record(key, event):
        for reaction in requests(envelope, policy(*people), mailing=mailing):
            command = reaction.command
            assert isinstance(command, Request)
            assert command.since == envelope.recorded.recorded_at
            assert command.told.about == envelope.recorded.event_id
            assert reaction.key == key
            found.append((command.told.kind, command.told.audience, command.told.persons))
    return found


def work(task: Task = "assess") -> WorkItemOffered:
    return WorkItemOffered(complaint_id=COMPLAINT, item_id=ITEM, department="desk", task=task)


def missed(clock: str) -> DeadlineMissed:
    return DeadlineMissed(complaint_id=COMPLAINT, clock=clock, instance="1", due_at=NOON, department="desk")


offer = RemedyOffered(complaint_id=COMPLAINT, round=1, kinds=("repair",), text="New seal.", commitment="a week")


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (ComplaintAcknowledged(complaint_id=COMPLAINT, medium="phone"), "acknowledgement"),
        (offer, "offer"),
        (RemedyApproved(complaint_id=COMPLAINT, round=1, reason="Fair."), "offer"),
        (missed("desk_remedy"), "missed_promise"),
        (ResultReported(complaint_id=COMPLAINT, medium="phone", text="Done."), "result"),
        (work("tell"), "action_effective"),
        (CallbackDue(callback_id=ITEM, complaint_id=COMPLAINT, closing_round=1, due_at=NOON, expires_at=NOON), "callback"),
    ],
)
def test_a_complainant_is_told_of_what_concerns_them(event, kind):
    assert told(event) == [(kind, "complainant", ())]


def test_an_offer_that_awaits_approval_is_told_to_nobody():
    assert told(RemedyProposed(complaint_id=COMPLAINT, round=1, kinds=("refund",), text="All of it.", commitment="a week")) == []


@pytest.mark.parametrize("clock", ["take", "early_warning", "containment", "plan", "effectiveness", "assessment"])
def test_what_departments_owe_each_other_is_no_complainants_business(clock):
    assert clock not in PROMISED
    assert told(missed(clock)) == []


def test_people_who_are_there_are_told_of_their_departments_work():
    assert told(work(), LI, WANG, ZHAO, QIAN) == [("work_offered", "staff", ("li", "qian"))]


def test_of_a_deadline_the_department_hears_before_and_after():
    near = DeadlineNear(complaint_id=COMPLAINT, clock="take", instance="1", due_at=NOON, department="desk")
    assert told(near, LI) == [("deadline_near", "staff", ("li",))]
    assert told(missed("desk_remedy"), LI) == [("missed_promise", "complainant", ()), ("deadline_missed", "staff", ("li",))]


def test_an_escalation_reaches_the_one_it_names_or_the_department():
    step = CaseEscalated(
        complaint_id=COMPLAINT, clock="take", instance="1", level=1, to_department="desk", to_person="qian", reason_code="overdue"
    )
    assert told(step, LI, QIAN) == [("escalated", "staff", ("qian",))]
    assert told(step, LI) == [("escalated", "staff", ("li",))]


def test_a_deadline_of_an_action_without_a_complaint_is_told_under_its_own_key():
    near = DeadlineNear(capa_id=CAPA, clock="plan", instance="1", due_at=NOON, department="desk")
    assert told(near, LI, key=CAPA) == [("deadline_near", "staff", ("li",))]


def test_staff_are_told_by_mail_or_not_at_all():
    assert told(work(), LI, mailing=False) == []
    assert told(work(), ZHAO) == []


def test_the_same_event_asks_for_the_same_notification():
    (envelope,) = Ledger().record(COMPLAINT, offer)
    (first,), (again,) = (list(requests(envelope, shipped(), mailing=True)) for _ in range(2))
    assert first.stream_id == again.stream_id


WEI = Complainant(name="Wei", phone="13800138000", address="Road 1")


@pytest.mark.parametrize(
    ("kind", "channel", "complainant", "medium"),
    [
        ("offer", "phone", WEI, "phone"),
        ("offer", "letter", WEI, "letter"),
        ("offer", "web", WEI, "phone"),
        ("offer", "letter", Complainant(phone="1"), "phone"),
        ("missed_promise", "phone", Complainant(address="Road 1"), "letter"),
        ("offer", "web", Complainant(anonymous=True), None),
        ("offer", "web", None, None),
        ("acknowledgement", "phone", WEI, None),
        ("acknowledgement", "letter", WEI, "letter"),
        ("result", "phone", WEI, None),
        ("action_effective", "phone", WEI, None),
        ("callback", "phone", WEI, None),
    ],
)
def test_whom_no_mail_reaches_the_desk_tells_by_the_channel_they_came_by(kind, channel, complainant, medium):
    assert left_to(kind, channel, complainant) == medium
