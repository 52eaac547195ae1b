"""Which rules does the end of a case follow, and what begins it again? All pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from services.routing import answering, work
from services.routing.commands import Close, MovePolicy, Reopen, Tell
from services.routing.hearing import (
    HearCapaClosed,
    HearDissatisfaction,
    HearInformation,
    HearMerger,
    HearMessage,
    HearUndelivered,
    HearUnsettled,
    HearWithdrawal,
)
from services.routing.remedy import satisfied
from services.routing.rules import rules, still_open
from services.routing.state import Case
from shared.contracts.event import Event
from shared.contracts.routing import CaseClosed, CasePolicyMoved, CaseReopened, CaseSupplemented, ResultReported
from shared.contracts.vocabulary import Outcome
from shared.decider import Context, Invalid, Refused


def tell(case: Case, command: Tell) -> Sequence[Event]:
    """RT-14: from the first offer on, and on a closed case. It does what the desk was asked to tell (CA-5)."""
    if not any(one.offered for one in case.rounds) and not case.closed:
        raise Refused("not-offered", "There is no result to tell before the first offer.")
    return (ResultReported(complaint_id=case.id, medium=command.medium, text=command.text), *work.ended(case, "tell"))


def close(case: Case, command: Close, context: Context) -> Sequence[Event]:
    still_open(case)
    if command.outcome == "satisfied":
        satisfied(case)
    elif command.reason is None:
        raise Invalid("/reason", "Closing without an accepted remedy needs a reason.")
    elif command.outcome == "recourse_exhausted":
        _exhausted(case)
    elif command.outcome == "no_answer":
        _reminded(case, rules(case, context).reminders)
    return _closed(case, command.outcome, command.reason, context.actor.person)


def _exhausted(case: Case) -> None:
    current = case.current
    if current is not None and current.answer:
        raise Refused("already-accepted", f"The customer accepted round {current.number}; carry it out.")
    if not case.recourse:
        raise Refused("recourse-first", "Name the external dispute body after a refusal before closing as exhausted.")
    if current is not None and current.offered and current.answer is None:
        raise Refused("answer-pending", f"Round {current.number} is still with the customer.")


def _reminded(case: Case, count: int) -> None:
    if case.reminders < count:
        raise Refused("reminders-first", f"Remind the customer {count} times before closing without an answer; so far {case.reminders}.")


def _closed(case: Case, outcome: Outcome, reason: str | None, by: str | None) -> Sequence[Event]:
    closed = CaseClosed(
        complaint_id=case.id,
        closing_round=case.closings + 1,
        outcome=outcome,
        reason=reason,
        severity=case.severity,
        nature=case.nature,
        responsible_department=case.responsible_department,
        handlers=tuple(sorted(case.handlers | {by} if by else case.handlers)),
    )
    return (closed, *work.ended_by_closing(case))


def hear_end(case: Case, command: HearWithdrawal | HearMerger) -> Sequence[Event]:
    """The reason stays where it was given. A case that is closed stays as it is."""
    if not case.opened or case.closed:
        return ()
    return _closed(case, "withdrawn" if isinstance(command, HearWithdrawal) else "duplicate", None, command.by)


def reopen(case: Case, command: Reopen) -> Sequence[Event]:
    if not case.closed:
        raise Refused("case-open", "The case is open; there is nothing to reopen.")
    return _reopened(case, command.reason, "staff")


def hear_dissatisfaction(case: Case, command: HearDissatisfaction) -> Sequence[Event]:
    """RT-13; an answer about an earlier closing, or on a case that is open again, changes nothing."""
    if not case.closed or case.closings != command.closing_round:
        return ()
    return _reopened(case, "The customer is not satisfied, says the follow-up call.", "callback")


def hear_unsettled(case: Case, command: HearUnsettled) -> Sequence[Event]:
    """The complainant's own word, by number and secret, counts as the follow-up call does."""
    if not case.closed or command.closing_round not in (None, case.closings):
        return ()
    return _reopened(case, "The complainant says that the matter is not settled.", "complainant")


def _reopened(case: Case, reason: str, because: Literal["callback", "complainant", "staff"]) -> Sequence[Event]:
    """The closing stays on record. What was agreed counts no more, so whose path it is needs a new remedy."""
    reopened = CaseReopened(
        complaint_id=case.id,
        reason=reason,
        because=because,
        state="assessed" if case.assessed else "received",
        closing_round=case.closings,
    )
    return (reopened, *work.at_the_desk_again(case))


def hear_message(case: Case, command: HearMessage, context: Context) -> Sequence[Event]:
    """RT-10; what is written on a closed case is not lost."""
    if not case.opened:
        return ()
    asked = () if case.closed else answering.questions(case, command, rules(case, context))
    return (*_news(case, command.message_id, command.known), *asked)


def hear_information(case: Case, command: HearInformation) -> Sequence[Event]:
    """The facts count whatever the case's state."""
    if not case.opened:
        return ()
    news = _news(case, command.about, command.known)
    if not (command.issue_codes or command.product_code or command.batch):
        return news
    facts = CaseSupplemented(complaint_id=case.id, issue_codes=command.issue_codes, product_code=command.product_code, batch=command.batch)
    return (facts, *news)


def _news(case: Case, about: UUID, known: bool) -> Sequence[Event]:
    """On a closed case it is something to read for the desk; an imported case that nobody has touched becomes work."""
    if case.closed:
        return () if known else (work.offered(case, "news", "desk", case.severity, about=about),)
    if case.imported and not case.assessed:
        return tuple(work.missing(case, case.severity, iter([("desk", "assess")])))
    return ()


def hear_capa_closed(case: Case, command: HearCapaClosed) -> Sequence[Event]:
    """CA-5: the desk tells what was done about the cause. A case that was only imported starts no work."""
    if not case.opened or (case.imported and not case.assessed):
        return ()
    return (work.offered(case, "tell", "desk", case.severity, about=command.capa_id),)


def hear_undelivered(case: Case, command: HearUndelivered) -> Sequence[Event]:
    """The desk tells it some other way, on a closed case too: it may be the result that did not arrive."""
    if not case.opened:
        return ()
    return (work.offered(case, "undelivered", "desk", case.severity, about=command.notification_id),)


def move_policy(case: Case, command: MovePolicy, context: Context) -> Sequence[Event]:
    """A case keeps the rules it was opened under unless a person moves it."""
    still_open(case)
    if command.version not in context.policies:
        raise Invalid("/version", "This version of the policy was never adopted.")
    if command.version == case.policy_version:
        raise Invalid("/version", "The case goes by this version already.")
    return (CasePolicyMoved(complaint_id=case.id, policy_version=command.version, before=case.policy_version, reason=command.reason),)
