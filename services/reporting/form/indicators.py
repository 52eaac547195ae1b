"""How do the key indicators stand in a table? Each has figures of its own; what does not fit a column is said in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.reporting.form.given import Given
from services.reporting.form.table import Column, Kind, Row, Table

_AGES = ((None, 7), (8, 30), (31, 90), (91, None))
_SHARES = ("value", "low", "high", "target")
_COLUMNS = ("indicator", "unit", "p50", "p80", "p90", *_SHARES[:-1], "n", "target", "remark", "definition")
_NUMBERS: Mapping[str, Kind] = dict.fromkeys(("p50", "p80", "p90", "n", *_SHARES), "number")


def indicators(given: Given) -> Table:
    w, definitions = given.words, given.report["definitions"]
    shown = tuple(Column(name, w[name], _NUMBERS.get(name, "text"), key=name == "indicator") for name in _COLUMNS)
    rows = []
    for name, figure in given.report["kpis"].items():
        if "bands" not in figure:
            means = definitions[name]
            hidden = {"value": figure["hidden"]} if figure.get("hidden") else {}
            said = {"indicator": means["label"], "unit": w[f"unit_{means['unit']}"], "remark": _remark(figure, w) or None}
            told = {**figure, **hidden, **said}
            kinds = tuple("share" if means["unit"] == "share" and column.name in _SHARES else column.kind for column in shown)
            rows.append(Row(tuple(told.get(column.name) for column in shown), kinds=kinds))
    return Table("kpis", w["kpis"], shown, rows)


def _remark(figure: Mapping[str, Any], w: Mapping[str, str]) -> str:
    said = {"still_open": figure.get("open"), **{name: figure.get(name) for name in ("excluded_negative", "excluded_unknown")}}
    parts = [f"{w[name]} {count}" for name, count in said.items() if count]
    if figure.get("provisional"):
        parts.append(w["provisional"])
    if "exposure" in figure:
        parts.append(f"{w['exposure']}: {figure['exposure']} {figure['units']:,.0f}")
    more = figure.get("share_above_one")
    if more is not None and more["n"]:
        parts.append(f"{w['more_than_one']}: {more.get('hidden') or format(more['value'], '.1%')}")
    return "; ".join(parts)


def backlog_by_age(given: Given) -> Table:
    """Each age with the cases of it."""
    w = given.words
    bands = given.report["kpis"]["backlog_age"]["bands"]
    rows = [
        Row((one["days"].replace("-", "–"), one["count"]), given.open_at_end(given.period, *ages))
        for one, ages in zip(bands, _AGES, strict=True)
    ]
    shown = (Column("days", w["days"], key=True), Column("open_at_end", w["open_at_end"], "number"))
    return Table("backlog_age", w["backlog_age"], shown, rows)
