"""What did not reach the complainant becomes work of the desk (RT-16)."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from services.routing.case import CASE
from services.routing.hearing import HearUndelivered
from services.routing.reactions import react
from services.routing.tests.road import CASE_ID, DESK_ROAD, closed
from shared.contracts.intake_notifications import NotificationFailed
from shared.contracts.routing import WorkItemOffered
from shared.testing import Ledger, happened, scenario

given = scenario(CASE, CASE_ID)
ID = UUID("22222222-2222-4222-8222-222222222222")


def reactions(failed: NotificationFailed):
    return [reaction for envelope in Ledger().record(ID, failed, key=CASE_ID) for reaction in react(envelope)]


def failure(**more) -> NotificationFailed:
    said = {"kind": "offer", "audience": "complainant", "complaint_id": CASE_ID, "reason": "bounced"}
    return NotificationFailed(notification_id=ID, **{**said, **more})


@pytest.mark.parametrize("reason", ["unknown", "rejected", "not_taken", "bounced", "bad_address"])
def test_what_did_not_arrive_is_heard(reason):
    (reaction,) = reactions(failure(reason=reason))
    assert (reaction.stream_id, reaction.command) == (CASE_ID, HearUndelivered(ID))


def test_of_somebody_erased_there_is_nobody_to_tell():
    assert reactions(failure(reason="erased")) == []


def test_staff_have_their_queues():
    assert reactions(failure(audience="staff", kind="work_offered", reason="rejected")) == []


def test_it_is_work_for_the_desk_each_time_on_a_closed_case_too():
    for before in (DESK_ROAD, (*DESK_ROAD, closed())):
        work = given(*before).when(HearUndelivered(ID)).then(happened(WorkItemOffered, department="desk", task="undelivered", about=ID))
        work.when(HearUndelivered(uuid4())).then(happened(WorkItemOffered, task="undelivered"))


def test_before_the_case_is_there_nothing_can_be_undelivered():
    given().when(HearUndelivered(ID)).nothing()
