"""The rules of a plan, its steps and the review of its effect."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from services.capa.capa import CAPA
from services.capa.commands import (
    Contain,
    DecidePlan,
    ExtendStep,
    FinishStep,
    JoinCapa,
    LookAtSteps,
    PlanStep,
    ProposePlan,
    RemindOwner,
    ReviewEffectiveness,
)
from shared.contracts.capa import (
    CapaClosed,
    CapaOpened,
    CapaRoundOpened,
    ContainmentDone,
    EffectivenessReviewed,
    PlanApproved,
    PlanProposed,
    PlanReturned,
    StepDone,
    StepExtended,
    StepOverdue,
    StepReminded,
)
from shared.contracts.vocabulary import Actor, ComplaintId
from shared.testing import NOON, happened, scenario
from shared.testing.scenario import Given

CAPA_ID = UUID("22222222-2222-4222-8222-222222222222")
FIRST = ComplaintId(UUID("11111111-1111-4111-8111-111111111111"))
AUTHOR, APPROVER, OWNER, WORKER, REVIEWER = (
    Actor(person=name, name=name.title(), role="quality") for name in ("author", "approver", "owner", "worker", "reviewer")
)
DUE_ON, DUE_AT = date(2026, 11, 30), datetime(2026, 11, 30, 16, tzinfo=UTC)
LATER_ON, LATER_AT = date(2026, 12, 10), datetime(2026, 12, 10, 16, tzinfo=UTC)

given = scenario(CAPA, CAPA_ID)
opened = CapaOpened(
    capa_id=CAPA_ID, number="CA-2026-0007", trigger="complaint", title="leakage", severity="ordinary", owner_department="production",
    complaints=(FIRST,),
)  # fmt: skip


def plan(*steps: PlanStep) -> ProposePlan:
    return ProposePlan("Seals leak.", 12, "Stock is blocked.", "Fitted dry.", "Grease them.", "Instruction changed.", steps or (step(),))


def step(due_on: date = DUE_ON, due_at: datetime = DUE_AT, department: str = "production") -> PlanStep:
    return PlanStep("Grease the seals", department, "owner", due_on, due_at)


def proposed(*steps: PlanStep) -> Given:
    return given(opened).when(plan(*steps), by=AUTHOR).then(happened(PlanProposed, round=1))


def approved(*steps: PlanStep) -> Given:
    return proposed(*steps).when(DecidePlan(True, "It fits."), by=APPROVER).then(happened(PlanApproved))


def done(*steps: PlanStep) -> Given:
    found = approved(*steps)
    for n in range(1, len(steps or (1,)) + 1):
        found = found.when(FinishStep(n, NOON.date(), "Photo 7"), by=WORKER).then(happened(StepDone, n=n))
    return found


def test_harm_is_contained_at_any_time():
    given(opened).when(Contain(NOON.date(), "Stock is blocked.")).then(happened(ContainmentDone, round=1, complaints=(FIRST,)))


def test_containment_was_not_tomorrow():
    given(opened).when(Contain(date(2026, 11, 22), "Stock is blocked.")).invalid("/on")


def test_a_plan_names_its_steps_in_order():
    found = given(opened).when(plan(step(), step(LATER_ON, LATER_AT)))
    (event,) = found.events
    assert isinstance(event, PlanProposed)
    assert [(one.n, one.owner, one.due_on) for one in event.steps] == [(1, "owner", DUE_ON), (2, "owner", LATER_ON)]
    assert event.step_texts == ("Grease the seals",) * 2


def test_a_step_is_not_due_in_the_past():
    given(opened).when(plan(step(), step(date(2026, 11, 1), datetime(2026, 11, 1, 16, tzinfo=UTC)))).invalid("/steps/1/due_on")


def test_a_step_belongs_to_a_department_of_the_policy():
    given(opened).when(plan(step(department="kitchen"))).invalid("/steps/0/department")


def test_one_plan_waits_at_a_time():
    proposed().when(plan()).refused("plan-pending")


def test_an_approved_plan_is_not_replaced():
    approved().when(plan()).refused("already-decided")


def test_nothing_is_approved_before_it_is_proposed():
    given(opened).when(DecidePlan(True, "Fine.")).refused("plan-missing")


def test_the_author_does_not_approve():
    proposed().when(DecidePlan(True, "Fine."), by=AUTHOR).refused("second-person")


def test_a_returned_plan_makes_room_for_another():
    again = proposed().when(DecidePlan(False, "The cause is not proven."), by=APPROVER).then(happened(PlanReturned))
    again.when(plan(), by=AUTHOR).then(happened(PlanProposed, round=1))


def test_approval_says_when_each_owner_is_reminded():
    (event,) = proposed().when(DecidePlan(True, "It fits."), by=APPROVER).events
    assert isinstance(event, PlanApproved)
    assert [(one.n, one.due_at, one.remind_at) for one in event.steps] == [(1, DUE_AT, DUE_AT - (DUE_AT - NOON) / 4)]


def test_it_is_approved_once():
    approved().when(DecidePlan(True, "Fine."), by=APPROVER).refused("already-decided")


@pytest.mark.parametrize(
    "command", [FinishStep(1, NOON.date(), "Photo"), ExtendStep(1, LATER_ON, LATER_AT, "Late."), RemindOwner(1, "Please.")]
)
def test_steps_move_only_under_an_approved_plan(command):
    given(opened).when(command).refused("plan-missing")
    proposed().when(command).refused("plan-pending")


def test_a_step_is_done_once():
    approved(step(), step()).when(FinishStep(1, NOON.date(), "Photo 7"), by=WORKER).then(
        happened(StepDone, n=1, steps_open=1)
    ).when(FinishStep(1, NOON.date(), "Photo 8")).refused("already-done")  # fmt: skip


def test_there_is_no_step_but_those_of_the_plan():
    approved().when(FinishStep(2, NOON.date(), "Photo 7")).not_found()


def test_an_extension_ends_later():
    approved().when(ExtendStep(1, DUE_ON, DUE_AT, "Late.")).invalid("/due_on")
    approved().when(ExtendStep(1, LATER_ON, LATER_AT, "Late.")).then(happened(StepExtended, n=1, due_on=LATER_ON))


def test_people_remind_with_a_word():
    approved().when(RemindOwner(1, "Please.")).then(happened(StepReminded, n=1, text="Please.", owner="owner"))


def test_the_clock_reminds_once_then_says_overdue_once():
    near, late = DUE_AT - timedelta(days=1), DUE_AT + timedelta(seconds=1)
    approved().when(LookAtSteps()).nothing()
    reminded = approved().when(LookAtSteps(), now=near).then(happened(StepReminded, n=1, text=None))
    reminded.when(LookAtSteps(), now=near).nothing()
    overdue = reminded.when(LookAtSteps(), now=late).then(happened(StepOverdue, n=1, escalated_to="quality_management"))
    overdue.when(LookAtSteps(), now=late).nothing()


def test_an_extended_step_is_watched_anew():
    late = DUE_AT + timedelta(seconds=1)
    overdue = approved().when(LookAtSteps(), now=late).then(happened(StepOverdue))
    extended = overdue.when(ExtendStep(1, LATER_ON, LATER_AT, "Parts are late."), now=late).then(happened(StepExtended))
    extended.when(LookAtSteps(), now=late).nothing()
    extended.when(LookAtSteps(), now=LATER_AT).then(happened(StepOverdue, due_on=LATER_ON))


def test_the_clock_says_nothing_of_a_step_that_is_done():
    done().when(LookAtSteps(), now=LATER_AT).nothing()


def test_effect_is_reviewed_when_every_step_is_done():
    review = ReviewEffectiveness("effective", "No complaint in 90 days.")
    given(opened).when(review).refused("plan-missing")
    proposed().when(review).refused("plan-pending")
    approved().when(review).refused("steps-open")


@pytest.mark.parametrize("who", [OWNER, WORKER])
def test_who_owns_or_did_a_step_does_not_review_it(who):
    done().when(ReviewEffectiveness("effective", "Fine."), by=who).refused("second-person")


def test_an_effective_action_is_closed():
    closed = done().when(ReviewEffectiveness("effective", "Fine."), by=REVIEWER).then(
        happened(EffectivenessReviewed, round=1, verdict="effective"), happened(CapaClosed, number="CA-2026-0007", complaints=(FIRST,), rounds=1)
    )  # fmt: skip
    closed.when(plan()).refused("case-closed")
    closed.when(JoinCapa(ComplaintId(UUID(int=7)))).invalid("/join_capa")


def test_an_ineffective_action_begins_a_new_round_with_a_new_plan():
    again = done().when(ReviewEffectiveness("ineffective", "It came back."), by=REVIEWER).then(
        happened(EffectivenessReviewed, round=1, verdict="ineffective"), happened(CapaRoundOpened, round=2)
    )  # fmt: skip
    again.when(FinishStep(1, NOON.date(), "Photo")).refused("plan-missing")
    again.when(plan(), by=AUTHOR).then(happened(PlanProposed, round=2))
