"""How did a clock come to its due time? The arithmetic in words, in Chinese and in English, so that a person can check it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from services.routing.clocks.reckoning import Clock, Piece
from shared.labels import Language, label

STRETCHES = 6  # so many stretches of working time are told one by one; beyond that nobody adds them up

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def explanation(clock: Clock, tongue: Language) -> str:
    """All steps from the start to where the clock stands now."""
    stop = "" if tongue == "zh-CN" else " "
    return stop.join(_sentences(clock, tongue))


def unknown_years(years: Sequence[int], tongue: Language) -> list[str]:
    """What to know of years whose holidays the calendar lacks."""
    said = (
        "工作日历中没有 {} 年的节假日，该年按普通周计算。请采用补充了节假日的制度。",
        "The calendar knows no holidays of {}: ordinary weeks are counted. Adopt a policy that lists them.",
    )
    return [said[tongue == "en"].format(year) for year in years]


def _sentences(clock: Clock, tongue: Language) -> Iterator[str]:
    at = _Writer(clock, tongue)
    yield at.say("{} 开始。", "Started {}.", at.moment(clock.span.since))
    yield _limit(clock, at)
    for piece in _joined(clock.pieces):
        yield from _piece(piece, clock, at)
    for since, to in clock.pauses:
        if to is None:
            yield at.say("{} 起暂停，不计时。", "Paused since {}: not counted.", at.moment(since))
        else:
            yield at.say("{} 至 {} 暂停，不计时。", "Paused from {} to {}: not counted.", at.moment(since), at.moment(to))
    working = clock.limit.working
    yield at.say("已用 {}，剩余 {}。", "Consumed {}, {} left.", at.span(clock.consumed, working), at.span(clock.remaining, working))
    yield _end(clock, at)
    if any(piece.limit.working for piece in clock.pieces) or clock.limit.working:
        yield from unknown_years(clock.policy.calendar.unknown_years(clock.span.since, max(clock.due_at, clock.span.since)), tongue)


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Stretches under the same limit are one to the reader."""
    joined: list[Piece] = []
    for piece in pieces:
        before = joined[-1] if joined else None
        if before is not None and (before.to, before.limit, before.policy) == (piece.since, piece.limit, piece.policy):
            joined[-1] = replace(before, to=piece.to)
        elif piece.since < piece.to:
            joined.append(piece)
    return joined


def _limit(clock: Clock, at: _Writer) -> str:
    words, version = clock.limit.words(at.tongue), clock.policy.version
    grade = label(clock.span.grade or "", at.tongue) if clock.span.grade else ""
    for_whom = at.say("（{}）", " ({})", grade) if grade else ""
    if not clock.limit.working:
        return at.say("制度 {} 允许 {}{}，按自然时间计算。", "Policy {} allows {}{} of elapsed time.", version, words, for_whom)
    return at.say(
        "制度 {} 允许 {}{}，只计工作时间（{}）。",
        "Policy {} allows {}{}, counted in working time alone ({}).",
        version,
        words,
        for_whom,
        at.hours(),
    )


def _piece(piece: Piece, clock: Clock, at: _Writer) -> Iterator[str]:
    since, to = at.moment(piece.since), at.moment(piece.to)
    terms = ""
    if (piece.limit, piece.policy.version) != (clock.limit, clock.policy.version):
        terms = at.say("（当时：{}，制度 {}）", " (then: {}, policy {})", piece.limit.words(at.tongue), piece.policy.version)
    if not piece.limit.working:
        yield at.say("{} 至 {}：{}{}。", "From {} to {}: {}{}.", since, to, at.span(piece.consumed), terms)
        return
    worked = list(islice(piece.policy.calendar.worked(piece.since, piece.to), STRETCHES + 1))
    told = "" if len(worked) > STRETCHES else at.say("（{}）", " ({})", ", ".join(at.stretch(*one) for one in worked)) if worked else ""
    yield at.say(
        "{} 至 {}：工作时间 {}{}{}。", "From {} to {}: {} of working time{}{}.", since, to, at.span(piece.consumed, True), told, terms
    )


def _end(clock: Clock, at: _Writer) -> str:
    due = at.moment(clock.due_at)
    if clock.state == "paused":
        return at.say("现在暂停；如现在继续，期限为 {}。", "It stands still now; if it went on at this moment it would be due {}.", due)
    if clock.span.until is None:
        over = clock.state == "missed"
        return at.say("期限 {}，已超期。" if over else "期限 {}。", "It was due {} and is missed." if over else "Due {}.", due)
    until = at.moment(clock.span.until)
    if not clock.span.met:
        return at.say("期限 {}，{} 停止。", "It was due {} and stopped {}.", due, until)
    if clock.state == "met":
        return at.say("期限 {}，{} 按时完成。", "Due {}, met {} in time.", due, until)
    return at.say("期限 {}，{} 才完成，已超期。", "Due {}, met {}, which was too late.", due, until)


class _Writer:
    """Writes times as the organisation reads them."""

    def __init__(self, clock: Clock, tongue: Language) -> None:
        self.tongue: Language = tongue
        self._policy = clock.policy

    def say(self, zh: str, en: str, *values: str) -> str:
        return (zh if self.tongue == "zh-CN" else en).format(*values)

    def moment(self, moment: datetime) -> str:
        local = moment.astimezone(self._policy.zone).replace(tzinfo=None)
        return local.isoformat(" ", "seconds" if local.second else "minutes")

    def stretch(self, since: datetime, to: datetime) -> str:
        return f"{self.moment(since)}–{to.astimezone(self._policy.zone):%H:%M}"

    def hours(self) -> str:
        calendar = self._policy.calendar
        return ", ".join(f"{since:%H:%M}–{to:%H:%M}" for since, to in calendar.periods) + f", {self._policy.zone.key}"

    def span(self, span: timedelta, working: bool = False) -> str:
        """Two units at most: nobody needs the seconds of a week. A day of working time would be taken for 24 hours."""
        units = (("天", "d", DAY), ("小时", "h", HOUR), ("分钟", "min", MINUTE), ("秒", "s", timedelta(seconds=1)))
        parts: list[str] = []
        span = timedelta(seconds=round(span.total_seconds()))
        for zh, en, size in units:
            if working and size == DAY:
                continue
            count, span = divmod(span, size)
            if count and len(parts) < 2:
                parts.append(f"{count} {zh if self.tongue == 'zh-CN' else en}")
        return " ".join(parts) or self.say("0 分钟", "0 min")
