"""How does an auditor get a case to take along? `GET /api/v1/cases/{id}/packet`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from services.routing.evidence import checkpoints
from services.routing.evidence.packet import gather, packet
from services.routing.seeing import note_reading, seen
from services.routing.told import told
from shared.access import Principal
from shared.contracts.routing import DataExported
from shared.contracts.vocabulary import Role
from shared.reading import Export, exporting, note_export
from shared.web import Do, Serving, allow

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

AUDITORS: tuple[Role, ...] = ("auditor", "quality", "approver")
Auditor = Annotated[Principal, allow(*AUDITORS)]

CALL = "GET /api/v1/cases/{id}/packet"
EXPORT = exporting(DataExported)


class Packet(Response):
    """A zip."""

    media_type = "application/zip"


@router.get("/{complaint_id}/packet", response_class=Packet)
async def get_packet(complaint_id: UUID, who: Auditor, service: Serving, do: Do) -> Any:
    """Everything on record of a case, as recorded, with a proof that a stranger can check by the script in it."""
    found = await seen(service, who, complaint_id, AUDITORS)
    await checkpoints.keep(service)
    gathered = await gather(service, complaint_id, found.sight)
    body, _ = await told(service, found)
    made = await packet(service, complaint_id, body, gathered, who.name)
    await note_export(service.commands, EXPORT, await do.asked(), Export(CALL, (complaint_id,), len(gathered.events)))
    await note_reading(service, do, complaint_id, gathered.fields, CALL)
    return Packet(made, headers={"content-disposition": f'attachment; filename="{body["number"]}.zip"', "cache-control": "no-store"})
