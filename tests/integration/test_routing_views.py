"""Routing's views show the same whatever order the topics arrive in, and however often an event comes."""

from __future__ import annotations

from random import Random
from uuid import UUID, uuid4, uuid5

import asyncpg
import pytest

from services.routing.case import CASE
from services.routing.clocks import FOR_CLOCKS, fact, in_order, reckon
from services.routing.clocks import tell as story_of
from services.routing.clocks.facts import subjects
from services.routing.commands import Close, Pause, RegradeSeverity, SetEarlyWarning
from services.routing.hearing import HearDissatisfaction, HearInformation, HearUnsettled, OpenCase
from services.routing.item import AssignItem, HandOverItem, RemindItem, ReturnItem, TakeItem
from services.routing.tests.road import (
    CASE_ID,
    accept,
    assess,
    carry_out,
    close,
    imported,
    offer,
    received,
    tell,
    verify,
)
from services.routing.views import cases, clocks, queue, timeline
from shared.contracts.capa import CapaComplaintAdded, CapaOpened, CauseReviewOpened
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived, SettlementConfirmed
from shared.contracts.routing import WorkItemHandedOver, WorkItemReturned
from shared.contracts.survey import CallbackAnswered
from shared.decider import Context
from shared.envelope import Envelope
from shared.policy import Policies, shipped
from shared.testing import ANNA, NOON, Ledger, assert_apart, deliver

VIEWS = (clocks.with_clocks(queue.QUEUE, Policies), cases.CASES, timeline.TIMELINE)
OTHER = uuid4()


def road(ledger: Ledger, case_id: UUID = CASE_ID, other: UUID = OTHER) -> list[Envelope]:
    """One case from receipt to a reopening, with what the other services said meanwhile, and an imported one."""
    story: list[Envelope] = []
    state = CASE.initial(case_id)

    def ask(command: object) -> None:
        nonlocal state
        for event in CASE.decide(state, command, Context(NOON, ANNA, shipped())):
            stamped = event.stamped(actor=ANNA, on_behalf_of=None, occurred_at=NOON)
            state = CASE.evolve(state, stamped)
            story.extend(ledger.record(case_id, stamped))

    complaint = ComplaintReceived(
        complaint_id=case_id, number=received.number, channel="phone", content_class="product_quality", received_at=NOON
    )
    story += ledger.record(case_id, complaint, ComplaintAcknowledged(complaint_id=case_id, medium="phone"))
    ask(OpenCase(received, ("north",), "dealer-7"))
    story += ledger.record(other, imported.model_copy(update={"complaint_id": other, "number": "C-2026-000124"}))
    assess_item = state.items[0].id
    for move in (
        TakeItem(assess_item),
        HandOverItem(assess_item, "finance", "Why."),
        TakeItem(assess_item),
        ReturnItem(assess_item, "No."),
    ):
        ask(move)
    for move in (
        RemindItem(assess_item, "Please."),
        AssignItem(assess_item, "anna"),
        HearInformation(uuid4(), True, ("noise",), "P-20", "B2"),
    ):
        ask(move)
    for command in (assess(), RegradeSeverity("important", "More."), Pause("waiting_for_customer"), offer(), accept, carry_out):
        ask(command)
    story += ledger.record(uuid4(), CauseReviewOpened(complaint_id=case_id, because="carried_out"), key=case_id)
    capa = uuid4()
    opened = CapaOpened(
        capa_id=capa, number="CA-2026-0001", trigger="complaint", title="Seal", severity="important", owner_department="technical",
        complaints=(case_id,),
    )  # fmt: skip
    story += ledger.record(capa, opened)
    story += ledger.record(capa, CapaComplaintAdded(capa_id=capa, complaint_id=other))
    for command in (verify, tell, close):
        ask(command)
    answered = {"callback_id": uuid4(), "complaint_id": case_id, "closing_round": 1, "satisfied_with_remedy": "very"}
    story += ledger.record(
        uuid4(), CallbackAnswered.model_validate(answered | {"satisfied_with_handling": "very", "satisfied": True}), key=case_id
    )
    ask(HearDissatisfaction(1))
    ask(SetEarlyWarning("B", "A reporter called.", "In the papers.", "He asked."))
    ask(Close("withdrawn", "Enough."))
    story += ledger.record(CASE_ID, SettlementConfirmed(complaint_id=CASE_ID, satisfied=True, closing_round=2))
    ask(HearUnsettled())
    return story


async def snapshot(connection: asyncpg.Connection) -> dict[str, list[tuple[object, ...]]]:
    tables = [table.name for view in VIEWS for table in view.tables]
    return {name: sorted(map(tuple, await connection.fetch(f"select * from {name}")), key=repr) for name in tables}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("times", [1, 2])
async def test_the_views_do_not_depend_on_the_interleaving(database, times, seed):
    ledger = Ledger()
    story = road(ledger)
    await deliver(lambda: database.connect("routing"), "routing", VIEWS, story, times=times, random=Random(seed))
    connection = await database.connect("routing")
    tables = await snapshot(connection)

    case = await connection.fetchrow("select * from cases where complaint_id = $1", CASE_ID)
    assert (case["state"], case["severity"], case["reopened"], case["posted_by"]) == ("assessed", "important", 2, "dealer-7")
    assert (case["paused"], case["early_warning"]) == (False, "B")
    assert (case["issue_codes"], case["product_code"], case["batch"]) == (["noise"], "P-20", "B2")
    assert case["held"] == ["desk", "finance", "final_inspection", "technical", "quality_management", "working_group"]
    assert case["version"] == ledger.versions["routing", CASE_ID]
    assert {row[0] for row in tables["case_capas"]} == {CASE_ID, OTHER}
    assert tables["case_confirmations"] == [(CASE_ID, 1), (CASE_ID, 2)]

    waiting = await queue.queue(connection, "desk", "open", 50, None)
    assert [(row["task"], row["number"], row["version"]) for row in waiting] == [("reopened", received.number, case["version"])]
    done = await queue.queue(connection, "desk", "done", 50, None)
    assert {(row["task"], row["holder"]) for row in done} == {("assess", "anna"), ("remedy", None), ("reopened", None)}
    assert await queue.queue(connection, "finance", "open", 50, None) == []
    (first,) = [row for row in done if row["task"] == "assess"]
    (over, back) = (e.recorded.position for e in story if e.type in (WorkItemHandedOver.TYPE, WorkItemReturned.TYPE))
    assert (first["left_departments"], first["left_at"], first["reminders"]) == (["desk", "finance"], [over, back], 1)
    assert [queue.where(first, at) for at in (over - 1, over, over + 1, back, back + 1)] == [
        ("desk",), ("desk", "finance"), ("finance",), ("finance", "desk"), ("desk",),
    ]  # fmt: skip

    facts = in_order(fact(event) for event in story if event.type in FOR_CLOCKS and CASE_ID in subjects(event))
    reckoned = reckon(story_of(CASE_ID, facts, Policies()), facts[-1].at)
    running = {(one.span.clock, one.span.instance, one.due_at) for one in reckoned if not one.over}
    assert {(row[1], row[2], row[10]) for row in tables["running_clocks"] if row[0] == CASE_ID} == running
    assert {name for name, _, _ in running} == {"status_message", "take", "containment", "plan", "desk_remedy"}

    mine = [e for e in story if CASE_ID in (UUID(e.body.get("complaint_id", str(OTHER))), *map(UUID, e.body.get("complaints", [])))]
    told = await timeline.of_complaint(connection, CASE_ID, 100, None)
    assert [row["type"] for row in told] == [e.type for e in sorted(mine, key=lambda e: e.order)]


@pytest.mark.parametrize("view", [view for view in VIEWS if view.apart], ids=lambda view: view.name)
async def test_a_rebuild_may_fold_several_partitions_at_once(database, view):
    connection = await database.connect("routing")
    ledger = Ledger()
    first, second, third, fourth = (uuid5(CASE_ID, name) for name in "abcd")
    await assert_apart(connection, view, road(ledger, first, second) + road(ledger, third, fourth))


async def test_a_queue_is_paged_without_gaps_or_repeats(database):
    ledger = Ledger()
    story: list[Envelope] = []
    for n in range(7):
        complaint = uuid4()
        opened = CASE.decide(CASE.initial(complaint), OpenCase(received), Context(NOON, ANNA, shipped()))
        due = [e.model_copy(update={"due_at": ledger.now if n % 2 else None}) if hasattr(e, "due_at") else e for e in opened]
        story += ledger.record(complaint, *due)
    await deliver(lambda: database.connect("routing"), "routing", (queue.QUEUE, cases.CASES), story)
    connection = await database.connect("routing")
    whole = await queue.queue(connection, "desk", "open", 50, None)
    assert [row["due_at"] is None for row in whole] == [False] * 3 + [True] * 4
    seen: list[UUID] = []
    after = None
    while page := await queue.queue(connection, "desk", "open", 2, after):
        seen += [row["id"] for row in page]
        after = (page[-1]["urgency"], page[-1]["offered_at"], page[-1]["id"])
    assert seen == [row["id"] for row in whole]
