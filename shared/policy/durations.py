"""How long may something take? "48h" or "7d" of elapsed time, "4 working hours" or "1 working day" of the calendar's own time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

Unit = Literal["s", "min", "h", "d", "working hour", "working day"]

LONGEST = timedelta(days=3650)  # beyond that a deadline is a slip of the pen

_FORM = re.compile(r"^(\d{1,9}) ?(s|min|h|d|working hour|working day)s?$", re.ASCII)
_HELP = 'write it like "30min", "48h", "7d", "4 working hours", "1 working day", or as a number of seconds'
_ELAPSED = {"s": timedelta(seconds=1), "min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_WORDS = {
    "s": ("秒", "second"), "min": ("分钟", "minute"), "h": ("小时", "hour"), "d": ("天", "day"),
    "working hour": ("个工作小时", "working hour"), "working day": ("个工作日", "working day"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Duration:
    """An amount of elapsed or of working time. How long a working day is, only the calendar knows."""

    amount: int
    unit: Unit

    @property
    def working(self) -> bool:
        return self.unit[0] == "w"

    def span(self, working_day: timedelta) -> timedelta:
        """The time that may pass; for a working duration, of working time."""
        if self.unit == "working day":
            return self.amount * working_day
        return self.amount * _ELAPSED["h" if self.unit == "working hour" else self.unit]

    def words(self, language: str) -> str:
        zh, en = _WORDS[self.unit]
        if language == "zh-CN":
            return f"{self.amount} {zh}"
        return f"{self.amount} {en}{'' if self.amount == 1 else 's'}"

    def __str__(self) -> str:
        if not self.working:
            return f"{self.amount}{self.unit}"
        return f"{self.amount} {self.unit}{'' if self.amount == 1 else 's'}"


def duration(value: Any) -> Duration:
    """Raises ValueError with a sentence for people."""
    if isinstance(value, Duration):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value}s"
    match = _FORM.match(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(_HELP)
    found = Duration(int(match[1]), match[2])  # type: ignore[arg-type]  # the form admits no other unit
    if found.span(timedelta(hours=24)) > LONGEST:
        raise ValueError("at most ten years")
    return found


DurationField = Annotated[
    Duration,
    BeforeValidator(duration),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _FORM.pattern, "examples": ["48h", "4 working hours"]}),
]
