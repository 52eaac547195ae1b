"""Was the customer asked how satisfied they are? One callback a closing round (SV-8, RT-13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.survey import (
    CallbackAnswered,
    CallbackAttempted,
    CallbackDeclined,
    CallbackDue,
    CallbackExpired,
    CallbackImported,
    CallbackUnreached,
)
from shared.contracts.vocabulary import AttemptOutcome, ComplaintId, Satisfaction, Severity
from shared.decider import Context, Decider, Invalid, NotFound, Refused
from shared.policy import Policies, Policy

DISSATISFIED = frozenset({"rather_not", "not"})
ENDED = {
    "answered": "The customer has answered this callback.",
    "declined": "The customer did not want to be asked.",
    "unreached": "The customer was not reached; this callback has ended.",
    "expired": "It is too late to ask; this callback has expired.",
}


def callback_id(complaint_id: UUID, closing_round: int) -> UUID:
    """The callback's stream: it follows from the closing, so that a closing has one."""
    return uuid5(complaint_id, f"callback/{closing_round}")


def imported_id(complaint_id: UUID) -> UUID:
    """The stream of what the customer said elsewhere."""
    return uuid5(complaint_id, "callback/imported")


@dataclass(frozen=True, slots=True)
class Callback:
    """What must be remembered of a callback to decide about it."""

    id: UUID
    due: CallbackDue | None = None
    attempts: int = 0
    ended: str | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class PlanCallback:
    complaint_id: ComplaintId
    closing_round: int
    closed_at: datetime
    handlers: tuple[str, ...]
    severity: Severity | None = None
    policy_version: str | None = None  # by which it was closed


@dataclass(frozen=True, slots=True)
class RecordAttempt:
    outcome: AttemptOutcome
    medium: str
    satisfied_with_handling: Satisfaction | None = None
    satisfied_with_remedy: Satisfaction | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Expire:
    """Its time has come, or the case is open again. Said of a callback that has ended, it changes nothing."""

    because: Literal["time", "reopened"]


@dataclass(frozen=True, slots=True)
class ImportAnswer:
    complaint_id: ComplaintId
    satisfied_with_handling: Satisfaction | None
    satisfied_with_remedy: Satisfaction | None


Command = PlanCallback | RecordAttempt | Expire | ImportAnswer


def plan_callback(callback: Callback, command: PlanCallback, policies: Policies) -> Sequence[Event]:
    """By the rules the case goes by, as its clock does."""
    if callback.due is not None:
        return ()
    policy = policies.version(command.policy_version)
    due_at = policy.due("callback", command.severity, command.closed_at)
    return (
        CallbackDue(
            callback_id=callback.id,
            complaint_id=command.complaint_id,
            closing_round=command.closing_round,
            due_at=due_at,
            expires_at=due_at + timedelta(days=policy.callback_expires_days),
            handlers=command.handlers,
            policy_version=policy.version,
        ),
    )


def record_attempt(callback: Callback, command: RecordAttempt, context: Context) -> Sequence[Event]:
    due = callback.due
    if due is None:
        raise NotFound
    if callback.ended is not None:
        raise Refused("already-decided", ENDED[callback.ended])
    if context.now >= due.expires_at:
        raise Refused("already-decided", ENDED["expired"])
    if context.actor.person in due.handlers:
        raise Refused("own-callback", "Whoever handled the case does not ask about it; leave this callback to somebody else.")
    _marks_fit(command)
    attempt = CallbackAttempted(
        callback_id=callback.id,
        complaint_id=due.complaint_id,
        attempt=callback.attempts + 1,
        outcome=command.outcome,
        medium=command.medium,
        comment=None if command.outcome == "answered" else command.comment,
    )
    return (attempt, *_ending(due, command, attempt.attempt, context.policies.version(due.policy_version)))


def _marks_fit(command: RecordAttempt) -> None:
    for name in ("satisfied_with_handling", "satisfied_with_remedy"):
        given = getattr(command, name) is not None
        if command.outcome == "answered" and not given:
            raise Invalid(f"/{name}", "An answered callback says how satisfied the customer is.")
        if command.outcome != "answered" and given:
            raise Invalid(f"/{name}", "Only an answered callback says how satisfied the customer is.")


def _ending(due: CallbackDue, command: RecordAttempt, attempts: int, policy: Policy) -> Sequence[Event]:
    """What the attempt ends, if anything."""
    if command.outcome == "declined":
        return (CallbackDeclined(callback_id=due.callback_id, complaint_id=due.complaint_id),)
    if command.satisfied_with_handling is not None and command.satisfied_with_remedy is not None:
        return (
            CallbackAnswered(
                callback_id=due.callback_id,
                complaint_id=due.complaint_id,
                closing_round=due.closing_round,
                satisfied_with_handling=command.satisfied_with_handling,
                satisfied_with_remedy=command.satisfied_with_remedy,
                satisfied=DISSATISFIED.isdisjoint((command.satisfied_with_handling, command.satisfied_with_remedy)),
                comment=command.comment,
            ),
        )
    if attempts >= policy.callback_attempts:
        return (CallbackUnreached(callback_id=due.callback_id, complaint_id=due.complaint_id),)
    return ()


def expire(callback: Callback, command: Expire, now: datetime) -> Sequence[Event]:
    due = callback.due
    if due is None or callback.ended is not None or (command.because == "time" and now < due.expires_at):
        return ()
    return (CallbackExpired(callback_id=callback.id, complaint_id=due.complaint_id, because=command.because),)


def import_answer(callback: Callback, command: ImportAnswer) -> Sequence[Event]:
    if callback.imported:
        return ()
    return (
        CallbackImported(
            complaint_id=command.complaint_id,
            satisfied_with_handling=command.satisfied_with_handling,
            satisfied_with_remedy=command.satisfied_with_remedy,
        ),
    )


def initial(stream_id: UUID) -> Callback:
    return Callback(stream_id)


def decide(callback: Callback, command: Command, context: Context) -> Sequence[Event]:
    match command:
        case PlanCallback():
            return plan_callback(callback, command, context.policies)
        case RecordAttempt():
            return record_attempt(callback, command, context)
        case Expire():
            return expire(callback, command, context.now)
        case ImportAnswer():
            return import_answer(callback, command)


def evolve(callback: Callback, event: Event) -> Callback:
    match event:
        case CallbackDue():
            return replace(callback, due=event)
        case CallbackAttempted():
            return replace(callback, attempts=event.attempt)
        case CallbackAnswered():
            return replace(callback, ended="answered")
        case CallbackDeclined():
            return replace(callback, ended="declined")
        case CallbackUnreached():
            return replace(callback, ended="unreached")
        case CallbackExpired():
            return replace(callback, ended="expired")
        case CallbackImported():
            return replace(callback, imported=True)
        case _:
            return callback


def _goes_by(callback: Callback) -> str | None:
    return None if callback.due is None else callback.due.policy_version


CALLBACK = Decider("callback", initial, decide, evolve, goes_by=_goes_by)
