"""What do the statistics say of a series of ours? Asked of the worker once for the same counts, then remembered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from services.reporting.periods import Period
from services.reporting.series import Monthly
from services.reporting.terms import Terms

REMEMBERED = 500

Calculate = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Outlooks:
    """Answers of the worker by what was asked: the same counts have the same outlook for ever."""

    def __init__(self, calculate: Calculate) -> None:
        self.calculate = calculate
        self._known: dict[tuple[Any, ...], dict[str, Any]] = {}

    async def outlook(self, counts: Sequence[int], start: int, *, projected: bool) -> dict[str, Any]:
        """Growth, season and projection of complete months without a gap."""
        return await self._asked(
            "outlook", {"counts": list(counts), "start": start, "projected": projected}, (tuple(counts), start, projected)
        )

    async def judged(self, counts: Sequence[int], start: int, least: int, left_out: Sequence[int]) -> list[dict[str, Any]]:
        """Every month from the `least`th on, held against its own past alone."""
        series = [
            {"key": str(n), "counts": list(counts[:n]), "left_out": [place for place in left_out if place < n]}
            for n in range(least, len(counts) + 1)
            if n - 1 - sum(place < n for place in left_out) >= least - 1
        ]
        if not series:
            return []
        fields = {"series": series, "start": start, "adjust": "none"}
        answer = await self._asked("trend-signal", fields, (tuple(counts), start, least, tuple(left_out)))
        found: list[dict[str, Any]] = answer["series"]
        return found

    async def _asked(self, method: str, fields: Mapping[str, Any], by: tuple[Any, ...]) -> dict[str, Any]:
        key = (method, *by)
        if key not in self._known:
            answer = await self.calculate(method, fields)
            self._known = dict([*self._known.items()][-REMEMBERED + 1 :]) | {key: answer}
        return self._known[key]


def last_stretch(table: Monthly, terms: Terms) -> tuple[int, int]:
    """From which place to which, without, complete months stand in a row, up to the last complete one."""
    complete = [n not in table.gaps and terms.calendar.of(month).complete for n, month in enumerate(table.months)]
    end = len(complete)
    while end and not complete[end - 1]:
        end -= 1
    begin = end
    while begin and complete[begin - 1]:
        begin -= 1
    return begin, end


def season_told(season: Mapping[str, Any]) -> dict[str, Any]:
    """As reports show it."""
    return {
        "shown": season["shown"],
        "why": season["why"],
        "index": season["index"],
        "test": None if season["p"] is None else {"p": season["p"], "lr": season["lr"], "df": 2},
    }


def years_of(month: Period, back: int) -> list[Period]:
    """The month and so many before it."""
    return [month.plus(n - back) for n in range(back + 1)]
