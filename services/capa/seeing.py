"""What of reviews and actions may this caller see? All, or what belongs to the caller's departments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from services.capa import shown
from services.capa.views.cause_reviews import Sight
from shared.access import Principal
from shared.contracts.capa import PersonalDataRead
from shared.contracts.vocabulary import Role
from shared.reading import Read, note, reading
from shared.sealing import opened
from shared.service import Service
from shared.web import allow
from shared.web.doing import Doing

EVERYTHING: tuple[Role, ...] = ("desk", "quality", "approver", "auditor")
READING = reading(PersonalDataRead)
Reader = Annotated[Principal, allow(*EVERYTHING, "department")]


def sight(who: Principal, everything: Sequence[Role], service: Service) -> Sight:
    """All, or what belongs to the caller's departments: as the responsible one, or as the owner of action by severity."""
    if who.role_among(everything) is not None:
        return Sight()
    owners = service.policy().owner_by_severity
    return Sight(tuple(sorted(who.departments)), tuple(severity for severity, owner in owners.items() if owner in who.departments))


def place(after: tuple[Any, ...] | None) -> tuple[datetime, UUID] | None:
    """Where a page of a list begins."""
    return None if after is None else (datetime.fromisoformat(after[0]), UUID(after[1]))


async def in_clear(do: Doing, service: Service, rows: Sequence[Any], call: str) -> list[shown.ShownReview]:
    """The reviews with their texts, once it is on record who was shown them."""
    decided = tuple(row["complaint_id"] for row in rows if row["state"] == "decided")
    await note(service.commands, READING, await do.asked(), Read(decided, ("causes", "reason"), call))
    texts = await opened(service.vault, service.pool, [row["cause_texts"] for row in rows])
    reasons = await opened(service.vault, service.pool, [row["reason"] for row in rows])
    return [shown.review(row, text, reason) for row, text, reason in zip(rows, texts, reasons, strict=True)]
