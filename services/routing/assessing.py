"""Which rules does the judgement of a case follow: assessment, regrading, early warning, meeting? All pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.routing import work
from services.routing.commands import Assess, RecordMeeting, RegradeNature, RegradeSeverity, SetEarlyWarning
from services.routing.hearing import HearWarningMissed
from services.routing.rules import rules, still_open
from services.routing.state import Case
from shared.contracts.event import Event
from shared.contracts.routing import CaseAssessed, CaseRegraded, EarlyWarningSet, MeetingHeld
from shared.contracts.vocabulary import EarlyWarning, Path, Severity
from shared.decider import Context, Invalid, Refused
from shared.policy import Policy


def assess(case: Case, command: Assess, context: Context) -> Sequence[Event]:
    """RT-1; opens the paths of RT-2, RT-3 and RT-4, the warning of RT-6 and, at once, the lawyers' work (RT-15)."""
    still_open(case)
    if case.assessed:
        raise Refused("already-assessed", "The case is assessed; change its severity or nature with a reason instead.")
    policy = rules(case, context)
    _consistent(command, policy.departments)
    path: Path = "quality_assurance" if command.pass_on else "desk"
    assessed = CaseAssessed(
        complaint_id=case.id,
        severity=command.severity,
        nature=command.nature,
        safety=command.safety,
        recurrent=command.recurrent,
        complexity=command.complexity,
        impact=command.impact,
        immediate_action=command.immediate_action,
        pass_on=command.pass_on,
        path=path,
        responsible_department=command.responsible_department,
        early_warning=command.early_warning,
        legal=command.legal,
        reason=command.reason,
    )
    along = work.along_the_path(case, command.severity, path, command.responsible_department, policy)
    return (
        assessed,
        *work.ended(case, "assess"),
        *work.missing(case, command.severity, along),
        *handed_to_its_group(case, command.early_warning, command.severity, policy),
        *(work.missing(case, command.severity, iter([("legal", "legal")])) if command.legal else ()),
    )


def _consistent(command: Assess, departments: Sequence[str]) -> None:
    if command.safety and command.severity != "major":
        raise Invalid("/severity", "Danger to health or safety makes a case major.")
    if command.severity == "major" and not command.pass_on:
        raise Invalid("/pass_on", "A major case is always passed on.")
    if command.pass_on and command.responsible_department is None:
        raise Invalid("/responsible_department", "Say which department it is passed on to.")
    if command.responsible_department is not None and command.responsible_department not in departments:
        raise Invalid("/responsible_department", f"One of: {', '.join(departments)}.")


def regrade_severity(case: Case, command: RegradeSeverity, context: Context) -> Sequence[Event]:
    """What is dangerous stays major unless a second person says otherwise. A case that becomes major leaves the desk's path."""
    before = _grade(case)
    if command.severity == before:
        raise Invalid("/severity", f"The case is {before} already.")
    if case.safety and command.severity != "major" and context.actor.person == case.assessor:
        raise Refused(
            "second-person", "Health or safety is at stake: only another person than the assessor may grade the case below major."
        )
    path: Path | None = "quality_assurance" if command.severity == "major" and case.path == "desk" else None
    regraded = CaseRegraded(complaint_id=case.id, severity=command.severity, severity_before=before, path=path, reason=command.reason)
    along = work.along_the_path(case, command.severity, path or case.path or "desk", case.responsible_department, rules(case, context))
    return (
        regraded,
        *(work.ended_elsewhere(case, "remedy", path) if path else ()),
        *work.missing(case, command.severity, along),
    )


def regrade_nature(case: Case, command: RegradeNature) -> Sequence[Event]:
    _grade(case)
    if command.nature == case.nature:
        raise Invalid("/nature", f"The case is {case.nature} already.")
    return (CaseRegraded(complaint_id=case.id, nature=command.nature, nature_before=case.nature, reason=command.reason),)


def _grade(case: Case) -> Severity:
    """What the assessment, or somebody after it, graded an open case."""
    still_open(case)
    if not case.assessed or case.severity is None:
        raise Refused("not-assessed", "Assess the complaint first; there is nothing to change yet.")
    return case.severity


def set_early_warning(case: Case, command: SetEarlyWarning, context: Context) -> Sequence[Event]:
    """RT-6: the diagnosis is on record, and the class's group is at work. The same class again is a new diagnosis."""
    still_open(case)
    diagnosed = EarlyWarningSet(
        complaint_id=case.id,
        early_warning=command.early_warning,
        before=case.early_warning,
        cause=command.cause,
        forecast=command.forecast,
        reason=command.reason,
        because="person",
    )
    return (diagnosed, *handed_to_its_group(case, command.early_warning, case.severity, rules(case, context)))


def hear_warning_missed(case: Case, command: HearWarningMissed, context: Context) -> Sequence[Event]:
    """RT-6: what nobody handled in time has become worse by itself. Whoever diagnosed it anew meanwhile has said what it is."""
    worse = rules(case, context).warned(command.early_warning).missed_becomes
    if case.closed or worse is None or case.early_warning != command.early_warning:
        return ()
    diagnosed = EarlyWarningSet(complaint_id=case.id, early_warning=worse, before=case.early_warning, because="deadline")
    return (diagnosed, *handed_to_its_group(case, worse, case.severity, rules(case, context)))


def handed_to_its_group(case: Case, sign: EarlyWarning | None, severity: Severity | None, policy: Policy) -> Iterator[Event]:
    """A warning is its class's group's work and no other's."""
    group = None if sign is None else policy.warned(sign).department
    yield from work.ended_elsewhere(case, "warn", group)
    yield from work.warned(case, group, severity)


def record_meeting(case: Case, command: RecordMeeting, now: datetime) -> Sequence[Event]:
    still_open(case)
    if command.held_at > now:
        raise Invalid("/held_at", "A meeting is recorded once it was held; this lies in the future.")
    return (MeetingHeld(complaint_id=case.id, held_at=command.held_at, attendees=command.attendees, decision=command.decision),)
