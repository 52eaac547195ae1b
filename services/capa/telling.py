"""How is an action told? From its own events, so that every round stands with its plan, its steps and its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from asyncpg import Record

from services.capa import shown
from services.capa.shown import Round
from shared.contracts.capa import (
    CapaClosed,
    CapaRoundOpened,
    ContainmentDone,
    EffectivenessReviewed,
    PlanApproved,
    PlanProposed,
    PlanReturned,
    StepDone,
    StepExtended,
    StepReminded,
)
from shared.contracts.event import Event
from shared.envelope import Envelope
from shared.sealing import plain, unsealed
from shared.service import Service

_PLAN_TEXTS = ("nonconformity", "returned_quantity", "containment", "root_cause", "corrective", "preventive")


async def told(service: Service, rows: Sequence[Record]) -> list[shown.ShownCapa]:
    """The actions of these rows, in their order, as the API answers them."""
    streams = await service.store.streams([row["id"] for row in rows])
    flat = [envelope for row in rows for envelope in streams[row["id"]]]
    in_clear = iter(await unsealed(service.vault, service.pool, flat))
    return [
        shown.capa(row, *rounds([(envelope, next(in_clear).event) for envelope in streams[row["id"]]], service.clock.now())) for row in rows
    ]


def rounds(events: Sequence[tuple[Envelope, Event]], now: datetime) -> tuple[list[Round], datetime | None, int]:
    """Its rounds, when it was closed, and the version these events come to."""
    found = [Round(1)]
    closed_at: datetime | None = None
    for envelope, event in events:
        if isinstance(event, CapaRoundOpened):
            found.append(Round(event.round))
        elif isinstance(event, CapaClosed):
            closed_at = envelope.recorded.occurred_at
        else:
            _add(found[-1], envelope, event)
    for step in (step for one in found for step in one.steps):
        if step["state"] == "open" and step.pop("due_at") <= now:
            step["state"] = "overdue"
        step.pop("due_at", None)
    return found, closed_at, len(events)


def _add(one: Round, envelope: Envelope, event: Event) -> None:
    by = {"by": None if event.actor is None else event.actor.name, "at": envelope.recorded.occurred_at}
    match event:
        case ContainmentDone():
            one.containment.append({"on": event.on, "text": plain(event.text), **by})
        case PlanProposed():
            texts = {name: plain(getattr(event, name)) for name in _PLAN_TEXTS}
            one.plan = {**texts, "proposed_by": by["by"], "proposed_at": by["at"], "decision": None}
            whats = plain(event.step_texts) or [None] * len(event.steps)
            one.steps = [
                {
                    "n": step.n, "what": what, "department": step.department, "owner": step.owner, "due_on": step.due_on,
                    "state": "open", "evidence": None, "done_on": None, "done_by": None, "extensions": [], "reminders": [],
                    "due_at": step.due_at,
                }
                for step, what in zip(event.steps, whats, strict=True)
            ]  # fmt: skip
        case PlanApproved() | PlanReturned() if one.plan is not None:
            one.plan["decision"] = {"approved": isinstance(event, PlanApproved), "reason": plain(event.reason), **by}
            if isinstance(event, PlanReturned):
                one.steps = []
        case StepDone():
            _step(one, event.n).update(state="done", evidence=plain(event.evidence), done_on=event.on, done_by=by["by"])
        case StepExtended():
            step = _step(one, event.n)
            step["extensions"].append(_extension(step["due_on"], event, by))
            step.update(due_on=event.due_on, due_at=event.due_at)
        case StepReminded():
            _step(one, event.n)["reminders"].append({"text": plain(event.text), **by})
        case EffectivenessReviewed():
            one.reviews.append({"round": event.round, "verdict": event.verdict, "evidence": plain(event.evidence), **by})


def _step(one: Round, n: int) -> dict[str, Any]:
    return next(step for step in one.steps if step["n"] == n)


def _extension(before: date, event: StepExtended, by: dict[str, Any]) -> dict[str, Any]:
    return {"from": before, "to": event.due_on, "reason": plain(event.reason), **by}
