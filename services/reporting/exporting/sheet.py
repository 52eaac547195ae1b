"""What does a file say about itself? Which question it answers, as of when, in which zone, and what its columns mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from services.reporting.query.fields import Field, Grain
from services.reporting.query.grammar import Export
from services.reporting.terms import Terms

MOST_ROWS = 1_048_575  # what Excel takes, without the header

_WORDS = {
    "about": ("说明", "About"),
    "what": ("内容", "What"),
    "time": ("时间字段", "Time"),
    "window": ("时间范围", "Window"),
    "filters": ("筛选条件", "Filters"),
    "at": ("所在位置", "Place"),
    "zone": ("时区", "Time zone"),
    "policy": ("规则版本", "Policy"),
    "recorded_at": ("截至（记录时间）", "As of (recorded time)"),
    "positions": ("位置", "Positions"),
    "rows": ("行数", "Rows"),
    "columns": ("列", "Columns"),
    "escaped": (
        "以 = + - @ 等开头的文字前加了单引号，以免被当作公式。",
        "Text that begins with = + - @ and the like has an apostrophe before it, so that it is not taken for a formula.",
    ),
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """`about` are pairs of a word and what it says; `kinds` tell the workbook how to write each column."""

    name: str
    header: tuple[str, ...]
    kinds: tuple[str, ...]
    about_name: str
    about: tuple[tuple[str, str], ...]


def sheet(asked: Export, grain: Grain, names: Sequence[str], terms: Terms, count: int) -> Sheet:
    chinese = terms.language == "zh-CN"

    def word(name: str) -> str:
        return _WORDS[name][0 if chinese else 1]

    fields = [grain.fields[name] for name in names]
    about = [
        (word("what"), f"{grain.name}: {grain.counted_zh if chinese else grain.counted}"),
        (word("time"), asked.time or grain.time),
        (word("window"), _window(asked)),
        (word("filters"), _json([one.model_dump() for one in asked.filters])),
        (word("at"), _json(asked.at)),
        (word("zone"), terms.calendar.zone.key),
        (word("policy"), terms.policy_version),
        (word("recorded_at"), terms.as_of.recorded_at.isoformat()),
        (word("positions"), _json(terms.as_of.positions)),
        (word("rows"), str(count)),
        ("", word("escaped")),
        (word("columns"), ""),
        *((field.name, _meaning(field, chinese)) for field in fields),
    ]
    kinds = tuple("number" if field.kind in ("number", "money") else "text" for field in fields)
    return Sheet(grain.label_zh if chinese else grain.label, tuple(names), kinds, word("about"), tuple(about))


def _window(asked: Export) -> str:
    if asked.window is None or isinstance(asked.window, str):
        return asked.window or "–"
    return f"{asked.window.from_ or '…'} – {asked.window.to or '…'}"


def _meaning(field: Field, chinese: bool) -> str:
    label, meaning = (field.label_zh, field.meaning_zh) if chinese else (field.label, field.meaning)
    return f"{label}: {meaning}" if meaning else label


def _json(value: Any) -> str:
    return orjson.dumps(value).decode() if value else "–"
