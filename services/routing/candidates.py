"""Who should do a piece of work? People of its department by availability, skill and workload, each with the reasons (RT-8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from shared.labels import Language, joined
from shared.policy import Policy
from shared.policy.content import Person


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the work asks for: codes that may stand among a person's skills, and the days on which somebody must be there."""

    codes: frozenset[str]
    today: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Busy:
    """What a person has on the desk already."""

    taken: int = 0
    overdue: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """`absent_from` is the first day of an absence that is on now or begins before the work is due."""

    person: Person
    matched: tuple[str, ...]
    busy: Busy
    absent_from: date | None
    absent_until: date | None
    available: bool


def ranked(people: Sequence[Person], wanted: Wanted, busy: Mapping[str, Busy]) -> list[Candidate]:
    """Who is there comes first, then who knows the matter, then who has least to do."""
    candidates = [_candidate(person, wanted, busy.get(person.person, Busy())) for person in people]
    return sorted(candidates, key=_place)


def _place(one: Candidate) -> tuple[bool, bool, int, int, int, str]:
    away = one.absent_from is not None
    return not one.available, away, -len(one.matched), one.busy.taken, one.busy.overdue, one.person.person


def _candidate(person: Person, wanted: Wanted, busy: Busy) -> Candidate:
    last = wanted.until or wanted.today
    absence = min((one for one in person.absences if one.since <= last and one.to >= wanted.today), key=lambda one: one.since, default=None)
    return Candidate(
        person,
        tuple(skill for skill in person.skills if skill in wanted.codes),
        busy,
        None if absence is None else absence.since,
        None if absence is None else absence.to,
        absence is None or absence.since > wanted.today,
    )


def reasons(one: Candidate, tongue: Language, policy: Policy) -> list[str]:
    """Why a candidate stands where it stands, a sentence each."""
    return [zh if tongue == "zh-CN" else en for zh, en in _reasons(one, tongue, policy)]


def _reasons(one: Candidate, tongue: Language, policy: Policy) -> Iterator[tuple[str, str]]:
    since, until = one.absent_from, one.absent_until
    if since is None:
        yield "期限之前在岗。", "Is there until it is due."
    elif one.available:
        yield f"{since} 至 {until} 缺勤，早于期限。", f"Will be absent from {since} to {until}, before it is due."
    else:
        yield f"缺勤至 {until}。", f"Is absent until {until}."
    if one.matched:
        skills = joined(list(one.matched), tongue, policy)
        yield f"具备技能：{skills}。", f"Knows: {skills}."
    else:
        yield "没有登记相关技能。", "Has no skill on record for this."
    taken, overdue = one.busy.taken, one.busy.overdue
    yield f"手上任务 {taken} 项，超期 {overdue} 项。", f"Work items held: {taken}; overdue: {overdue}."
