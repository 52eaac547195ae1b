"""When is what due, and how much time is left? Arithmetic over a story's spans, pauses and terms; nothing is ever stored as truth.

Time is consumed piece by piece: between pauses, and under the terms that held in each piece. What was consumed stays consumed
when the terms change. A clock is due when what it consumed has reached the limit of the terms that hold, and stays there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal

from services.routing.clocks.story import Span, Story, Terms
from shared.policy import Duration, Policy

State = Literal["running", "paused", "met", "missed", "stopped"]

NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch in which the clock ran under the same terms."""

    since: datetime
    to: datetime
    limit: Duration
    policy: Policy

    @property
    def consumed(self) -> timedelta:
        return self.policy.calendar.between(self.since, self.to) if self.limit.working else self.to - self.since

    @property
    def allowed(self) -> timedelta:
        return self.policy.span(self.limit)

    @property
    def before_near(self) -> float:
        """The share of the time after which people are warned."""
        return 1 - self.policy.content.near.share

    def from_its_end(self, left: timedelta) -> datetime:
        """When so much more would have been consumed, if the clock went on where this piece ended."""
        return Piece(self.to, self.to, self.limit, self.policy).reaches(max(NONE, left))

    def reaches(self, left: timedelta) -> datetime:
        """When so much has been consumed from the beginning of this piece, if nothing ends it. Never in free time, if working."""
        return self.policy.calendar.after(self.since, left) if self.limit.working else self.since + left


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock as it stands at a moment. While it is paused `due_at` says what it were if it went on now, and is no deadline."""

    span: Span
    state: State
    due_at: datetime
    near_at: datetime
    consumed: timedelta
    limit: Duration
    policy: Policy
    department: str
    holder: str | None
    pieces: tuple[Piece, ...]
    pauses: tuple[tuple[datetime, datetime | None], ...]
    at: datetime

    @property
    def remaining(self) -> timedelta:
        return max(NONE, self.policy.span(self.limit) - self.consumed)

    @property
    def over(self) -> bool:
        """Whether nothing is waited for any more."""
        return self.span.until is not None


def reckon(story: Story, now: datetime) -> tuple[Clock, ...]:
    """Every clock of the story, in the order of their starts."""
    return tuple(_clock(span, story, now) for span in story.spans)


def reckon_running(story: Story, now: datetime) -> tuple[Clock, ...]:
    """Those that are not over."""
    return tuple(_clock(span, story, now) for span in story.spans if span.until is None)


def _clock(span: Span, story: Story, now: datetime) -> Clock:
    end = max(span.since, now if span.until is None else span.until)
    pieces = tuple(_pieces(span, story, end))
    last = pieces[-1] if pieces and pieces[-1].to == end else Piece(end, end, *_limit(span, story, _terms_at(story, end)))
    standing = span.pausable and _in_pause(story, end)
    consumed, due, near = NONE, None, None
    for n, piece in enumerate(pieces, 1):
        goes_on = n == len(pieces) and not standing
        used, allowed = piece.consumed, piece.allowed
        due = _reached(due, piece, consumed, used, allowed, goes_on=goes_on)
        near = _reached(near, piece, consumed, used, allowed * piece.before_near, goes_on=goes_on)
        consumed += used
    stands = due is None
    left = last.allowed - consumed
    due = due or last.from_its_end(left)
    near = near or min(due, last.from_its_end(last.allowed * last.before_near - consumed))
    item = story.items.get(span.item_id) if span.item_id is not None else None
    return Clock(
        span=span,
        state=_state(span, due, now, stands=stands),
        due_at=due,
        near_at=near,
        consumed=consumed,
        limit=last.limit,
        policy=last.policy,
        department=span.department or story.handler,
        holder=None if item is None else item.holder,
        pieces=pieces,
        pauses=tuple(_pauses(span, story, end)),
        at=now,
    )


def _reached(
    before: datetime | None, piece: Piece, consumed: timedelta, used: timedelta, limit: timedelta, *, goes_on: bool
) -> datetime | None:
    """When the limit was reached, or will be in the piece that goes on; what was reached under other terms may be undone."""
    if consumed + used < limit and not goes_on:
        return None
    if before is not None and consumed >= limit:
        return before
    return piece.reaches(max(NONE, limit - consumed))


def _state(span: Span, due: datetime, now: datetime, *, stands: bool) -> State:
    if span.until is None:
        return "paused" if stands else "missed" if due <= now else "running"
    in_time = stands or span.until <= due
    if span.met:
        return "met" if in_time else "missed"
    return "stopped" if span.void or in_time else "missed"


def _pieces(span: Span, story: Story, end: datetime) -> Iterator[Piece]:
    cuts = {span.since, *(terms.at for terms in story.terms)}
    if span.pausable:
        cuts.update(at for pause in story.pauses for at in pause if at is not None)
    starts = sorted(at for at in cuts if span.since <= at <= end)  # what changes at the very end holds there, for no time yet
    for since, to in pairwise((*starts, end)):
        if not (span.pausable and _in_pause(story, since)):
            yield Piece(since, to, *_limit(span, story, _terms_at(story, since)))


def _limit(span: Span, story: Story, terms: Terms | None) -> tuple[Duration, Policy]:
    policy = story.policies.version(terms.policy if terms is not None else None)
    return policy.limit(span.clock, span.grade or (terms.severity if terms is not None else None)), policy


def _terms_at(story: Story, at: datetime) -> Terms | None:
    """The last that began by then; what runs before any were told of runs under the first."""
    found = story.terms[0] if story.terms else None
    for terms in story.terms:
        if terms.at <= at:
            found = terms
    return found


def _in_pause(story: Story, at: datetime) -> bool:
    return any(since <= at and (to is None or at < to) for since, to in story.pauses)


def _pauses(span: Span, story: Story, end: datetime) -> Iterator[tuple[datetime, datetime | None]]:
    if span.pausable:
        yield from ((since, to) for since, to in story.pauses if since < end and (to is None or to > span.since))
