"""《纠正/预防措施报告》: one action on paper, in 8D order, with names, dates, quantities, evidence and every round (CA-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.capa.shown import ShownCapa, ShownReview
from services.capa.words import CAPA_STATES, CAUSE_LEVELS, METHODS, STEP_STATES, TRIGGERS, said, words
from shared.labels import Language, label

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}


@dataclass(frozen=True, slots=True)
class Report:
    """What stands on the paper."""

    capa: ShownCapa
    complaints: Sequence[str]
    reviews: Sequence[ShownReview]


def render(report: Report, language: Language, zone: ZoneInfo) -> str:
    capa = report.capa.model_dump()
    rounds = [*({**one, "number": one["round"]} for one in capa["rounds"]), {**capa, "number": capa["round"]}]
    return (
        _templates(language, zone)
        .get_template("report.html")
        .render(
            w=words(language),
            lang=language,
            capa=capa,
            rounds=rounds,
            team=_team(rounds, capa["reviews"]),
            complaints=report.complaints,
            reviews=[review.model_dump() for review in report.reviews],
        )
    )


def _team(rounds: Sequence[Mapping[str, Any]], reviews: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Everybody who took part, each once in a role."""
    found: dict[tuple[str, str], None] = {}
    for one in rounds:
        if one["plan"] is not None:
            found["author", one["plan"]["proposed_by"] or ""] = None
            if one["plan"]["decision"] is not None:
                found["approver", one["plan"]["decision"]["by"] or ""] = None
        found.update({("step_owner", step["owner"]): None for step in one["steps"]})
    found.update({("reviewer", review["by"] or ""): None for review in reviews})
    return [(role, who) for role, who in found if who]


@cache
def _templates(language: Language, zone: ZoneInfo) -> Environment:
    made = Environment(
        loader=PackageLoader("services.capa"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    own = {**said(CAPA_STATES, language), **said(METHODS, language)}
    made.filters["label"] = lambda code: own.get(code) or label(code, language)
    for name, terms in (("step", STEP_STATES), ("level", CAUSE_LEVELS), ("trigger", TRIGGERS)):
        made.filters[name] = said(terms, language).__getitem__
    made.filters["moment"] = lambda at: _local(at, zone)
    return made


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
