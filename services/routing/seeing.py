"""What of a case may this caller see? Who may not see it at all is told that there is nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.routing.case import CASE
from services.routing.state import Case
from services.routing.views.cases import Visible
from shared.access import Principal, Sight, sight
from shared.contracts.routing import PersonalDataRead
from shared.contracts.vocabulary import Role
from shared.decider import NotFound
from shared.envelope import Envelope
from shared.reading import Read, note, reading
from shared.service import Service
from shared.web.doing import Doing

READING = reading(PersonalDataRead)


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as its own stream tells it, so never stale, and how much of it may be shown."""

    case: Case
    told: Sequence[Envelope]
    sight: Sight


async def seen(service: Service, who: Principal, complaint_id: UUID, roles: Collection[Role]) -> Seen:
    """As far as these roles, which the door admits, let the caller see. Raises NotFound for what is not there and what is not theirs."""
    told = await service.store.stream(complaint_id)
    case = CASE.fold(complaint_id, (envelope.data for envelope in told))
    if not case.opened:
        raise NotFound
    own = case.posted_by == who.person or who.belongs_to(case.departments)
    allowed = sight(replace(who, roles=tuple(role for role in who.roles if role in roles)), own=own, held=who.belongs_to(case.held_by))
    if allowed is None:
        raise NotFound
    return Seen(case, told, allowed)


def visible(who: Principal) -> Visible:
    """The same for a list."""
    departments = tuple(sorted(who.departments))
    return Visible(
        all=not {"desk", "quality", "approver", "analyst", "auditor"}.isdisjoint(who.roles),
        held=departments if "department" in who.roles else (),
        own=departments if "channel" in who.roles else (),
        posted_by=who.person if "channel" in who.roles else None,
    )


async def note_reading(service: Service, do: Doing, subject: UUID, fields: Sequence[str], call: str) -> None:
    await note(service.commands, READING, await do.asked(), Read((subject,), tuple(fields), call))
