"""What is a caller shown of a cause review and of an action? The objects of the public contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg import Record
from pydantic import BaseModel

from services.capa.state import CapaState
from services.capa.views import cause_reviews
from shared.contracts.vocabulary import CauseLevel, CauseMethod, Nature, Severity, TriggerKind
from shared.sealing import Opened


class ShownCause(BaseModel):
    level: CauseLevel
    text: str | None


class ShownSimilar(BaseModel):
    """An action the complaint may join instead of opening another one."""

    id: UUID
    number: str
    state: CapaState
    title: str
    matched_on: list[str]


class ShownReview(BaseModel):
    complaint_id: UUID
    number: str
    state: cause_reviews.State
    opened_at: datetime
    severity: Severity | None
    nature: Nature | None
    responsible_department: str | None
    issue_codes: list[str]
    product_code: str | None
    method: CauseMethod | None
    causes: list[ShownCause]
    needed: bool | None
    reason: str | None
    extend_to_others: bool | None
    capa_id: UUID | None
    decided_at: datetime | None
    decided_by: str | None
    erased: bool
    version: int


class ShownReviewWithSimilar(ShownReview):
    similar_capas: list[ShownSimilar]


class ShownTrigger(BaseModel):
    kind: TriggerKind
    ref: str | None


@dataclass(slots=True)
class Round:
    """One go at the cause: plan, steps, reviews."""

    number: int
    plan: dict[str, Any] | None = None
    containment: list[dict[str, Any]] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)

    def as_shown(self) -> dict[str, Any]:
        return {"plan": self.plan, "containment": self.containment, "steps": self.steps, "reviews": self.reviews}


class ShownRound(BaseModel):
    """One go at the cause; an earlier one was not effective."""

    round: int
    plan: dict[str, Any] | None
    containment: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    reviews: list[dict[str, Any]]


class ShownCapa(BaseModel):
    """An action; plan and steps are those of the round it is in, `rounds` are those that had no effect."""

    id: UUID
    number: str
    state: CapaState
    round: int
    title: str
    severity: Severity
    owner_department: str
    complaints: list[UUID]
    trigger: ShownTrigger
    product_code: str | None
    issue_code: str | None
    opened_at: datetime
    closed_at: datetime | None
    plan: dict[str, Any] | None
    containment: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    reviews: list[dict[str, Any]]
    rounds: list[ShownRound]
    version: int


def review(row: Record, texts: Opened, reason: Opened) -> ShownReview:
    """A row of the view with its sealed texts opened; a text that was erased is null, its level stays."""
    levels = row["cause_levels"] or []
    found = texts.value or [None] * len(levels)
    causes = [ShownCause(level=level, text=text) for level, text in zip(levels, found, strict=True)]
    more = {"issue_codes": row["issue_codes"], "causes": causes, "reason": reason.value, "erased": texts.erased or reason.erased}
    return ShownReview.model_validate({**row, **more})


def similar(row: Record, product_code: str | None, issue_codes: Sequence[str]) -> ShownSimilar:
    matches = {"product_code": row["product_code"] in {product_code} - {None}, "issue_code": row["issue_code"] in issue_codes}
    return ShownSimilar(
        id=row["id"],
        number=row["number"],
        state=row["state"],
        title=row["title"],
        matched_on=[name for name, matched in matches.items() if matched],
    )


def capa(row: Record, rounds: Sequence[Round], closed_at: datetime | None, version: int) -> ShownCapa:
    now, earlier = rounds[-1], rounds[:-1]
    told = {
        "trigger": ShownTrigger(kind=row["trigger"], ref=row["trigger_ref"]),
        "closed_at": closed_at,
        "plan": now.plan,
        "steps": now.steps,
        "containment": [done for one in rounds for done in one.containment],
        "reviews": [review for one in rounds for review in one.reviews],
        "rounds": [{"round": one.number, **one.as_shown()} for one in earlier],
        "version": version,
    }
    return ShownCapa.model_validate({**row, **told})
