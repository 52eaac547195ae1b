"""Rules of work items: taken, returned, handed over, assigned, reminded and done (RT-7, RT-8)."""

from __future__ import annotations

from itertools import pairwise
from uuid import uuid4

import pytest

from services.routing.item import AssignItem, FinishItem, HandOverItem, RemindItem, ReturnItem, TakeItem
from services.routing.tests.road import CASE_ID, assess, assessed, given, opened, to_assess
from services.routing.work import offered
from shared.contracts.routing import (
    WorkItemAssigned,
    WorkItemDone,
    WorkItemHandedOver,
    WorkItemReminded,
    WorkItemReturned,
    WorkItemTaken,
)
from shared.contracts.vocabulary import Actor
from shared.policy import parse, shipped_content
from shared.testing import ANNA, NOON, happened

BO = Actor(person="bo", name="Bo", role="department")
CASE = given(opened).state
act = offered(CASE, "act", "technical", "ordinary")
ITEM = act.item_id
HAVING = (opened, assessed(), act)
taken = WorkItemTaken(complaint_id=CASE_ID, item_id=ITEM, holder="anna", holder_name="Anna")
done = WorkItemDone(complaint_id=CASE_ID, item_id=ITEM)
MOVES = [TakeItem(ITEM), ReturnItem(ITEM, "Why."), HandOverItem(ITEM, "finance", "Why."), AssignItem(ITEM, "bo"),
         RemindItem(ITEM, "Please."), FinishItem(ITEM, "Repaired.")]  # fmt: skip


def handed(*departments: str) -> tuple[WorkItemHandedOver, ...]:
    return tuple(
        WorkItemHandedOver(complaint_id=CASE_ID, item_id=ITEM, from_department=before, to_department=to, reason="Theirs.")
        for before, to in pairwise(departments)
    )


def test_who_takes_work_holds_it():
    """RT-7."""
    after = given(*HAVING).when(TakeItem(ITEM), by=BO).then(happened(WorkItemTaken, holder="bo", holder_name="Bo"))
    assert "bo" in after.state.handlers


def test_work_is_taken_once():
    given(*HAVING, taken).when(TakeItem(ITEM), by=BO).refused("already-taken")


@pytest.mark.parametrize("move", MOVES, ids=lambda move: type(move).__name__)
def test_nothing_is_left_to_do_about_work_that_is_done(move):
    given(*HAVING, taken, done).when(move).refused("already-done")


@pytest.mark.parametrize("move", [type(move) for move in MOVES])
def test_unknown_work_is_not_found(move):
    given(*HAVING).when(move(uuid4()) if move is TakeItem else move(uuid4(), *("x", "y")[: 2 if move is HandOverItem else 1])).not_found()


def test_work_that_has_gone_elsewhere_is_not_found_where_it_was():
    given(*HAVING, *handed("technical", "finance")).when(TakeItem(ITEM, "technical"), by=BO).not_found()
    given(*HAVING, *handed("technical", "finance")).when(TakeItem(ITEM, "finance"), by=BO).then(happened(WorkItemTaken, holder="bo"))


@pytest.mark.parametrize("move", [MOVES[1], MOVES[2], MOVES[5]], ids=["return", "hand over", "done"])
def test_only_the_holder_gives_work_away_or_ends_it(move):
    given(*HAVING).when(move).refused("not-holder")
    given(*HAVING, taken).when(move, by=BO).refused("not-holder")


def test_returned_work_is_open_where_it_was():
    after = (
        given(*HAVING, taken)
        .when(ReturnItem(ITEM, "Not mine."))
        .then(happened(WorkItemReturned, department="technical", reason="Not mine."))
    )
    assert after.state.items[-1].holder is None
    after.when(TakeItem(ITEM), by=BO).then(happened(WorkItemTaken, holder="bo"))


def test_work_that_was_handed_over_returns_to_who_handed_it_over():
    story = (*HAVING, *handed("technical", "finance", "production"), taken)
    back = given(*story).when(ReturnItem(ITEM, "Not ours.")).then(happened(WorkItemReturned, department="finance"))
    again = back.when(TakeItem(ITEM)).then(happened(WorkItemTaken))
    first = again.when(ReturnItem(ITEM, "Not ours.")).then(happened(WorkItemReturned, department="technical"))
    last = first.when(TakeItem(ITEM)).then(happened(WorkItemTaken))
    last.when(ReturnItem(ITEM, "Not me.")).then(happened(WorkItemReturned, department="technical"))


def test_handed_over_work_is_open_in_the_other_department_and_the_case_is_held_there():
    to = happened(WorkItemHandedOver, from_department="technical", to_department="finance", reason="A price.")
    after = given(*HAVING, taken).when(HandOverItem(ITEM, "finance", "A price.")).then(to)
    assert (after.state.items[-1].department, after.state.items[-1].holder) == ("finance", None)
    assert after.state.held_by == {"technical", "finance"}


def test_work_is_handed_over_to_departments_that_are_there():
    given(*HAVING, taken).when(HandOverItem(ITEM, "kitchen", "Why.")).invalid("/to")


def test_who_returns_work_handed_over_within_the_department_does_not_send_it_elsewhere():
    story = (*HAVING, taken, *handed("technical", "technical"), taken)
    given(*story).when(ReturnItem(ITEM, "Ill.")).then(happened(WorkItemReturned, department="technical"))


def test_work_is_given_to_any_person_and_called_by_the_name_the_policy_knows():
    """RT-8."""
    people = [{"person": "bo", "name": "Bo Li", "department": "technical"}]
    policy = parse({**shipped_content(), "people": people})
    given(*HAVING).when(AssignItem(ITEM, "bo"), policy=policy).then(happened(WorkItemAssigned, holder="bo", holder_name="Bo Li"))
    after = given(*HAVING).when(AssignItem(ITEM, "tan")).then(happened(WorkItemAssigned, holder="tan", holder_name="tan"))
    assert "tan" in after.state.handlers


def test_work_that_somebody_holds_goes_to_another_for_a_reason_only():
    given(*HAVING, taken).when(AssignItem(ITEM, "bo")).refused("already-taken")
    given(*HAVING, taken).when(AssignItem(ITEM, "anna", "Again.")).refused("already-taken")
    given(*HAVING, taken).when(AssignItem(ITEM, "bo", "Anna is ill.")).then(happened(WorkItemAssigned, holder="bo", reason="Anna is ill."))


def test_a_reminder_is_on_record_and_changes_nothing():
    given(*HAVING).when(RemindItem(ITEM, "Please.")).then(happened(WorkItemReminded, department="technical", holder=None, text="Please."))
    after = given(*HAVING, taken).when(RemindItem(ITEM, "Please."), by=BO).then(happened(WorkItemReminded, holder="anna"))
    assert after.state == given(*HAVING, taken).state


def test_work_ends_with_its_result():
    after = given(*HAVING, taken).when(FinishItem(ITEM, "Repaired.")).then(happened(WorkItemDone, item_id=ITEM, result="Repaired."))
    assert after.state.items[-1].done


@pytest.mark.parametrize(("task", "rule"), [("assess", "not-assessed"), ("remedy", "not-verified"), ("approve", "approval-pending")])
def test_work_that_a_business_call_fulfils_is_not_declared_done(task, rule):
    item = offered(CASE, task, "desk", None)
    holding = WorkItemTaken(complaint_id=CASE_ID, item_id=item.item_id, holder="anna", holder_name="Anna")
    given(opened, item, holding).when(FinishItem(item.item_id, "Done.")).refused(rule)


def test_a_business_call_ends_work_wherever_it_is_and_whoever_holds_it():
    over = WorkItemHandedOver(
        complaint_id=CASE_ID, item_id=to_assess.item_id, from_department="desk", to_department="technical", reason="They know it."
    )
    decided = given(opened, to_assess, over).when(assess(), by=ANNA).events
    assert decided[1] == WorkItemDone(complaint_id=CASE_ID, item_id=to_assess.item_id).stamped(
        actor=ANNA, on_behalf_of=None, occurred_at=NOON
    )


def test_work_that_was_handed_over_is_not_offered_a_second_time():
    """Its id follows from who was offered it first."""
    story = (opened, assessed("important"), act, *handed("technical", "production"))
    state = given(*story).state
    assert offered(state, "act", "technical", None).item_id != act.item_id
    assert offered(state, "act", "production", None).item_id != act.item_id
