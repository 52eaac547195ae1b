"""What does a person do with a piece of work? The moves of `/api/v1/work-items` (RT-7, RT-8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends

from services.routing import candidates
from services.routing.bodies import TakeBody
from services.routing.case import CASE
from services.routing.inquiry import INQUIRY
from services.routing.item import AssignItem, FinishItem, HandOverItem, Move, RemindItem, ReturnItem, TakeItem
from services.routing.queue_api import Reader, sees, works_in
from services.routing.shown_work import Candidates, Moved
from services.routing.views import cases, queue, workload
from services.routing.work_bodies import AssignBody, FinishBody, HandOverBody, RemindBody, ReturnBody
from shared.access import Principal
from shared.contracts.routing import WorkItemReminded
from shared.decider import Decider, NotFound
from shared.service import Service
from shared.store.appender import Decided
from shared.web import Admitted, Do, Language, Problem, Serving, allow, as_of, language, reply
from shared.web.doing import Doing

router = APIRouter(prefix="/api/v1/work-items", tags=["work items"])

Mover = Annotated[Principal, allow("desk", "quality", "department", "approver")]
Reminder = Annotated[Principal, allow("desk", "quality", "department")]
Item = Mapping[str, Any]


@router.post("/{item_id}/take", response_model=Moved)
async def take(item_id: UUID, who: Mover, service: Serving, do: Do, body: TakeBody | None = None) -> Any:
    item = await _item(service, item_id)
    _seen(who, item, works_in(who, item["department"]), "This work is another department's. Only who works there can take it.")
    return await _move(do, item, lambda at: TakeItem(item_id, at))


@router.post("/{item_id}/return", response_model=Moved)
async def give_back(item_id: UUID, body: ReturnBody, who: Mover, service: Serving, do: Do) -> Any:
    item = await _of_holder(service, item_id, who)
    return await _move(do, item, lambda at: ReturnItem(item_id, body.reason, at))


@router.post("/{item_id}/hand-over", response_model=Moved)
async def hand_over(item_id: UUID, body: HandOverBody, who: Mover, service: Serving, do: Do) -> Any:
    item = await _of_holder(service, item_id, who)
    return await _move(do, item, lambda at: HandOverItem(item_id, body.to, body.reason, at))


@router.post("/{item_id}/done", response_model=Moved)
async def finish(item_id: UUID, body: FinishBody, who: Mover, service: Serving, do: Do) -> Any:
    item = await _of_holder(service, item_id, who)
    return await _move(do, item, lambda at: FinishItem(item_id, body.result, at))


@router.post("/{item_id}/assign", response_model=Moved)
async def assign(item_id: UUID, body: AssignBody, who: Admitted, service: Serving, do: Do) -> Any:
    """For the head of the department, whatever the role; to any person."""
    item = await _item(service, item_id)
    _seen(who, item, item["department"] in who.head_of, "Only the head of this department gives its work to a person.")
    return await _move(do, item, lambda at: AssignItem(item_id, body.person, body.reason, at))


@router.post("/{item_id}/reminder", response_model=Moved)
async def remind(item_id: UUID, body: RemindBody, who: Reminder, service: Serving, do: Do) -> Any:
    item = await _item(service, item_id)
    may = who.role_among(("desk", "quality")) is not None or item["department"] in who.head_of
    _seen(who, item, may, "Only the desk, quality, and the head of this department remind of its work.")
    return await _move(do, item, lambda at: RemindItem(item_id, body.text, at))


@router.get("/{item_id}/candidates", response_model=Candidates)
async def get_candidates(item_id: UUID, who: Reader, service: Serving, tongue: Annotated[Language, Depends(language)]) -> Any:
    """The people the policy names for this department, the most suitable first."""
    item = await _item(service, item_id)
    _seen(who, item, sees(who, item["department"]) or item["department"] in who.head_of, "")
    known = await as_of(service, service.pool)
    policy, now = service.policy(), service.clock.now()
    people = [person for person in policy.people if person.department == item["department"]]
    loads = await workload.of_people(service.pool, [person.person for person in people], now)
    busy = {person: candidates.Busy(load.taken, load.overdue) for person, load in loads.items()}
    until = None if item["due_at"] is None else item["due_at"].astimezone(service.zone).date()
    wanted = candidates.Wanted(await _codes(service, item), now.astimezone(service.zone).date(), until)
    found = candidates.ranked(people, wanted, busy)
    return reply({"items": [_candidate(one, item, candidates.reasons(one, tongue, policy)) for one in found], "as_of": known})


async def _codes(service: Service, item: Item) -> frozenset[str]:
    """What somebody should know: the kind of work, and what it is about."""
    about = None if item["complaint_id"] is None else await cases.one(service.pool, item["complaint_id"])
    codes = {item["task"], item["topic"], item["graded"]}
    if about is not None:
        codes |= {about["content_class"], about["nature"], about["product_code"], *about["issue_codes"]}
    return frozenset(code for code in codes if code is not None)


def _candidate(one: candidates.Candidate, item: Item, why: list[str]) -> dict[str, Any]:
    person = one.person
    return {
        "person": person.person,
        "name": person.name,
        "location": person.location,
        "head": person.head,
        "available": one.available,
        "absent_from": one.absent_from,
        "absent_until": one.absent_until,
        "skills": person.skills,
        "matched": one.matched,
        "taken": one.busy.taken,
        "overdue": one.busy.overdue,
        "holds_it": item["holder"] == person.person,
        "reasons": why,
    }


async def _item(service: Service, item_id: UUID) -> Item:
    """As the view found it, but where its own stream says that it is now: whoever was just given it must not be turned away."""
    found = (await queue.items(service.pool, [item_id])).get(item_id)
    if found is None:
        raise NotFound
    decider, subject = _subject(found)
    state = decider.fold(subject, (envelope.data for envelope in await service.store.stream(subject)))
    now = next(item for item in state.items if item.id == item_id)
    return {**found, "department": now.department, "holder": now.holder}


def _subject(item: Item | asyncpg.Record) -> tuple[Decider[Any, Any], UUID]:
    """Whose work it is: a case's, or other feedback's."""
    return (CASE, item["complaint_id"]) if item["complaint_id"] is not None else (INQUIRY, item["feedback_id"])


async def _of_holder(service: Service, item_id: UUID, who: Principal) -> Item:
    """For who works there, or was given the work from elsewhere."""
    item = await _item(service, item_id)
    may = works_in(who, item["department"]) or item["holder"] == who.person
    _seen(who, item, may, "This work is another department's. Only who works there can move it.")
    return item


def _seen(who: Principal, item: Item, may: bool, detail: str) -> None:
    """403 for who may see it at least; for others it is not there."""
    if may:
        return
    if not sees(who, item["department"]):
        raise NotFound
    raise Problem(403, detail)


async def _move(do: Doing, item: Item, command: Callable[[str], Move]) -> Any:
    """Decided on the item where the caller found it; what it became is told from the event itself."""

    def answer(decided: Decided) -> dict[str, Any]:
        told = queue.shown(item) | queue.left_by(decided.events[0]) | {"version": decided.version}
        told["reminders"] += isinstance(decided.events[0], WorkItemReminded)
        return told | {name: told[name] and str(told[name]) for name in ("id", "complaint_id", "feedback_id", "about")}

    return await do(*_subject(item), command(item["department"]), answer=answer)
