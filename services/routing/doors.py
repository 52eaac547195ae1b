"""Who may knock at a case's doors? The rows of the access matrix (api §1), and on whose path a case is."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from services.routing.seeing import Seen
from shared.access import Principal
from shared.contracts.vocabulary import Role
from shared.web import Problem, allow

READERS: tuple[Role, ...] = ("desk", "quality", "approver", "department", "channel", "auditor", "analyst")
HISTORIANS: tuple[Role, ...] = ("desk", "quality", "approver", "department", "auditor")
HANDLERS: tuple[Role, ...] = ("desk", "quality")
WORKERS: tuple[Role, ...] = ("quality", "desk", "department")

Reader = Annotated[Principal, allow(*READERS)]
Historian = Annotated[Principal, allow(*HISTORIANS)]
Handler = Annotated[Principal, allow(*HANDLERS)]
Quality = Annotated[Principal, allow("quality")]
Approver = Annotated[Principal, allow("approver")]
Worker = Annotated[Principal, allow(*WORKERS)]
RoundNumber = Annotated[int, Path(ge=1, le=100_000)]


def on_its_path(who: Principal, found: Seen) -> None:
    """Quality may always; the desk while the case is on the desk's path (RT-2), which the assessment says."""
    if "quality" in who.roles or ("desk" in who.roles and found.case.path != "quality_assurance"):
        return
    if "desk" in who.roles:
        raise Problem(403, "The case was passed on to quality assurance, which handles its remedy.")
    raise Problem(403, "Take the work first: only who holds work of this case may say that it was carried out.")
