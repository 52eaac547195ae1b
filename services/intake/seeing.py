"""What of a complaint may this caller see, and how is it answered? From its own stream, so never stale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.intake.views.complaints import Standing, standing
from shared.access import Principal, Sight, sight
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived, InformationAdded, PersonalDataRead, SubjectErased
from shared.envelope import Envelope
from shared.reading import Read, note, reading
from shared.sealing import plain, unsealed
from shared.service import Service
from shared.web.doing import Doing

READING = reading(PersonalDataRead)
_TEXTS = ("description", "remedy_sought")
FACTS = frozenset({ComplaintReceived.TYPE, InformationAdded.TYPE})


@dataclass(frozen=True, slots=True)
class Seen:
    """A complaint and how much of it may be shown."""

    id: UUID
    told: Sequence[Envelope]
    standing: Standing
    sight: Sight


async def seen(service: Service, who: Principal, complaint_ids: Sequence[UUID]) -> list[Seen]:
    """Those of these complaints that are there and that the caller may see, in the given order."""
    told = await service.store.streams(complaint_ids)
    standings = await standing(service.pool, complaint_ids)
    found: list[Seen] = []
    for complaint_id in complaint_ids:
        received = told[complaint_id][0].data if told[complaint_id] else None
        if not isinstance(received, ComplaintReceived):
            continue
        own = who.belongs_to(received.departments) or (received.actor is not None and received.actor.person == who.person)
        allowed = sight(who, own=own, held=who.belongs_to(standings[complaint_id].held))
        if allowed is not None:
            found.append(Seen(complaint_id, told[complaint_id], standings[complaint_id], allowed))
    return found


async def shown(service: Service, do: Doing, complaints: Sequence[Seen], call: str) -> list[dict[str, Any]]:
    """As the API answers them; what sealed fields are shown is on record before they go out."""
    facts = [[event for event in one.told if event.type in FACTS] for one in complaints]
    in_clear = iter(await unsealed(service.vault, service.pool, [event for events in facts for event in events]))
    bodies: list[dict[str, Any]] = []
    read: dict[UUID, set[str]] = {}
    for one, events in zip(complaints, facts, strict=True):
        opened = [next(in_clear) for _ in events]
        body = _body(one, opened[0].event)
        for envelope, more in zip(events[1:], opened[1:], strict=True):
            _add(body, envelope, more.event)
        fields = {name for name in (*_TEXTS, "additions", "complainant") if body[name]}
        hidden = {name for name in fields if not (one.sight.complainant if name == "complainant" else one.sight.texts)}
        body.update({name: [] if name == "additions" else None for name in hidden})
        if any(each.erased for each in opened) or any(event.type == SubjectErased.TYPE for event in one.told):
            body["erased"] = True
        elif hidden:
            body["sealed"] = True
        if fields - hidden:
            read[one.id] = fields - hidden
        bodies.append(body)
    shown_fields = tuple(sorted(set().union(*read.values())))
    await note(service.commands, READING, await do.asked(), Read(tuple(read), shown_fields, call))
    return bodies


def _add(body: dict[str, Any], envelope: Envelope, event: Any) -> None:
    """What came in later takes the place of what was unknown or said before; a text is added."""
    if event.product is not None:
        given = {name: value for name, value in event.product.model_dump().items() if value not in (None, ())}
        body["product"] = (body["product"] or {}) | given if body["product"] else event.product.model_dump()
    if event.occurred_on is not None:
        body["occurred_on"] = event.occurred_on
    if event.issue_codes:
        body["issue_codes"] = event.issue_codes
    if event.text is not None:
        body["additions"].append({"at": envelope.recorded.recorded_at, "text": plain(event.text)})


def _body(one: Seen, received: Any) -> dict[str, Any]:
    complainant = plain(received.complainant)
    acknowledged = next((e.recorded.recorded_at for e in one.told if e.type == ComplaintAcknowledged.TYPE), None)
    return {
        "id": one.id,
        "number": received.number,
        "state": one.standing.state,
        "channel": received.channel,
        "received_at": received.received_at,
        "registered_at": one.told[0].recorded.recorded_at,
        "acknowledged_at": acknowledged,
        "external_ref": received.external_ref,
        "content_class": received.content_class,
        "issue_codes": received.issue_codes,
        "description": plain(received.description),
        "remedy_sought": plain(received.remedy_sought),
        "occurred_on": received.occurred_on,
        "perceived_seriousness": received.perceived_seriousness,
        "complainant": complainant.model_dump() if complainant is not None else None,
        "customer": received.customer.model_dump() if received.customer is not None else None,
        "product": received.product.model_dump() if received.product is not None else None,
        "additions": [],
        "duplicate_of": one.standing.duplicate_of,
        "imported": received.history is not None,
        "data_flags": received.data_flags,
        "version": len(one.told),
    }
