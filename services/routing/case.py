"""Which rules does a case follow from receipt to closing? Every move, by the function that decides on it; all are pure."""

from __future__ import annotations

from collections.abc import Sequence

from services.routing.assessing import assess, hear_warning_missed, record_meeting, regrade_nature, regrade_severity, set_early_warning
from services.routing.closing import (
    close,
    hear_capa_closed,
    hear_dissatisfaction,
    hear_end,
    hear_information,
    hear_message,
    hear_undelivered,
    hear_unsettled,
    move_policy,
    reopen,
    tell,
)
from services.routing.commands import (
    Asked,
    Assess,
    CarryOut,
    Close,
    Command,
    DecideOnOffer,
    MovePolicy,
    NameRecourse,
    OfferRemedy,
    Pause,
    RecordAnswer,
    RecordMeeting,
    RegradeNature,
    RegradeSeverity,
    RemindCustomer,
    Reopen,
    Resume,
    SetEarlyWarning,
    Tell,
    Verify,
)
from services.routing.due import in_time
from services.routing.folding import evolve
from services.routing.hearing import (
    HearAnswer,
    HearCapaClosed,
    Heard,
    HearDissatisfaction,
    HearInformation,
    HearMerger,
    HearMessage,
    HearUndelivered,
    HearUnsettled,
    HearWarningMissed,
    HearWithdrawal,
    ImportCase,
    OpenCase,
)
from services.routing.item import Move, move
from services.routing.opening import import_case, open_case
from services.routing.remedy import carry_out, decide_on_offer, hear_answer, offer_remedy, record_answer, verify
from services.routing.state import Case, initial
from services.routing.waiting import name_recourse, pause, remind_customer, resume
from shared.contracts.event import Event
from shared.decider import Context, Decider, NotFound


def decide(case: Case, command: Command, context: Context) -> Sequence[Event]:
    return tuple(in_time(case, _decided(case, command, context), context))


def _decided(case: Case, command: Command, context: Context) -> Sequence[Event]:
    if isinstance(command, Heard):
        return _heard(case, command, context)
    if not case.opened:
        raise NotFound
    return _asked(case, command, context)


def _heard(case: Case, command: Heard, context: Context) -> Sequence[Event]:
    match command:
        case OpenCase():
            return open_case(case, command, context)
        case ImportCase():
            return import_case(case, command, context)
        case HearAnswer():
            return hear_answer(case, command)
        case HearDissatisfaction():
            return hear_dissatisfaction(case, command)
        case HearUnsettled():
            return hear_unsettled(case, command)
        case HearWithdrawal() | HearMerger():
            return hear_end(case, command)
        case HearMessage():
            return hear_message(case, command, context)
        case HearInformation():
            return hear_information(case, command)
        case HearUndelivered():
            return hear_undelivered(case, command)
        case HearCapaClosed():
            return hear_capa_closed(case, command)
        case HearWarningMissed():
            return hear_warning_missed(case, command, context)


def _asked(case: Case, command: Asked, context: Context) -> Sequence[Event]:
    if isinstance(command, Move):
        return move({"complaint_id": case.id}, case.items, command, context)
    match command:
        case Assess():
            return assess(case, command, context)
        case RegradeSeverity():
            return regrade_severity(case, command, context)
        case RegradeNature():
            return regrade_nature(case, command)
        case SetEarlyWarning():
            return set_early_warning(case, command, context)
        case RecordMeeting():
            return record_meeting(case, command, context.now)
        case OfferRemedy():
            return offer_remedy(case, command, context)
        case DecideOnOffer():
            return decide_on_offer(case, command, context)
        case RecordAnswer():
            return record_answer(case, command)
        case CarryOut():
            return carry_out(case, command, context.now)
        case Verify():
            return verify(case, command, context.now)
        case Tell():
            return tell(case, command)
        case RemindCustomer():
            return remind_customer(case, command)
        case NameRecourse():
            return name_recourse(case, command, context.now)
        case Pause():
            return pause(case, command)
        case Resume():
            return resume(case)
        case Close():
            return close(case, command, context)
        case Reopen():
            return reopen(case, command)
        case MovePolicy():
            return move_policy(case, command, context)


CASE = Decider("case", initial, decide, evolve, goes_by=lambda case: case.policy_version)
