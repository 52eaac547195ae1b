"""Does a measure make sense? What it takes, and which columns of the answer it fills."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from services.reporting.periods import Calendar
from services.reporting.query.conditions import condition
from services.reporting.query.fields import Field, Grain, Kind
from services.reporting.query.grammar import Filter, Measure
from services.reporting.query.plan import MEASURES, Condition, Findings, Measured, MeasureOp

MOST_SHARES = 20

_TAKES: Mapping[MeasureOp, tuple[Kind, ...]] = {
    "count_distinct": ("text", "id", "number", "day"),
    "sum": ("number", "money"),
    "avg": ("number", "money"),
    "min": ("number", "money", "day", "moment"),
    "max": ("number", "money", "day", "moment"),
    "percentile": ("number",),
    "survival": ("number",),
}
_EXTRAS: Mapping[str, tuple[MeasureOp, ...]] = {
    "at": ("percentile", "survival"), "censor_at": ("survival",), "numerator": ("ratio",), "denominator": ("ratio",),
}  # fmt: skip


def measure(given: Measure, at: str, grain: Grain, calendar: Calendar, findings: Findings) -> Measured | None:
    """The measure, or None after telling the findings what is wrong with it."""
    before = len(findings.errors)
    op = findings.known(f"{at}/op", given.op, {op: op for op in MEASURES})
    if op is None:
        return None
    for name, ops in _EXTRAS.items():
        if getattr(given, name) is not None and op not in ops:
            findings.say(f"{at}/{name}", f"`{name}` belongs to {' and '.join(f'`{o}`' for o in ops)}, not to `{op}`.")
    of = _field(given, op, at, grain, findings)
    shares = _shares(given, op, at, findings)
    numerator = _conditions(given.numerator, f"{at}/numerator", grain, calendar, findings)
    denominator = _conditions(given.denominator, f"{at}/denominator", grain, calendar, findings)
    if op == "ratio" and not numerator:
        findings.say(f"{at}/numerator", "Say with filters which of the counted rows are meant.")
    if len(findings.errors) > before:
        return None
    alias = given.as_ or (op if of is None else f"{op}_{of.name}")
    return Measured(alias, op, of, shares, _columns(alias, op, shares, isinstance(given.at, list)), given.censor_at, numerator, denominator)


def measures_of(field: Field) -> list[MeasureOp]:
    """What can be measured of a field."""
    return [op for op, kinds in _TAKES.items() if field.kind in kinds and (op != "survival" or field.lasts is not None)]


def _field(given: Measure, op: MeasureOp, at: str, grain: Grain, findings: Findings) -> Field | None:
    if op in ("count", "ratio"):
        if given.field is not None:
            findings.say(f"{at}/field", f"`{op}` counts {grain.name} and takes no field; use `count_distinct`.")
        return None
    fits = {name: f for name, f in grain.fields.items() if op in measures_of(f)}
    if not fits:
        findings.say(f"{at}/op", f"Nothing in {grain.name} can be measured so.")
        return None
    if given.field is None:
        findings.say(f"{at}/field", f"Name a field: {', '.join(fits)}.")
        return None
    return findings.known(f"{at}/field", given.field, fits)


def _shares(given: Measure, op: MeasureOp, at: str, findings: Findings) -> tuple[float, ...]:
    if op not in _EXTRAS["at"]:
        return ()
    shares = given.at if isinstance(given.at, list) else [given.at]
    found = [share for share in shares if isinstance(share, (int, float)) and not isinstance(share, bool) and 0 < share < 1]
    if len(found) < len(shares) or not 0 < len(shares) <= MOST_SHARES:
        findings.say(f"{at}/at", f"Give a share between 0 and 1, like 0.9, or a list of up to {MOST_SHARES}.")
    return tuple(float(share) for share in found)


def _columns(alias: str, op: MeasureOp, shares: Sequence[float], several: bool) -> tuple[str, ...]:
    """`p90` for one percentile; `p_50`, `p_90` for several, and for survival times always."""
    if op == "ratio":
        return (alias, f"{alias}_n", f"{alias}_low", f"{alias}_high")
    if op == "survival" or several:
        return tuple(f"{alias}_{share * 100:.10g}".replace(".", "_") for share in shares)
    return (alias,)


def _conditions(given: Sequence[Filter] | None, at: str, grain: Grain, calendar: Calendar, findings: Findings) -> tuple[Condition, ...]:
    found = (condition(one, f"{at}/{n}", grain, calendar, findings) for n, one in enumerate(given or ()))
    return tuple(one for one in found if one is not None)
