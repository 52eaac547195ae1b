"""How is a complaint taken in, whichever door it comes by? Decided, compared with what is there, and answered with its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.intake.complaint import COMPLAINT, ReceiveComplaint
from services.intake.reception import Reception
from services.intake.tracking import secret
from shared.commands import Answer, Asked, Step
from shared.contracts.intake import ComplaintReceived
from shared.service import Service
from shared.store.appender import Decided
from shared.web import reply


async def receive(service: Service, complaint_id: UUID, command: ReceiveComplaint, asked: Asked, also: Sequence[Step] = ()) -> Answer:
    """Takes it in, with what else is decided in the same transaction."""
    reception = Reception.of(service)
    alike = await reception.duplicates.likely(reception.described(command, service))

    def answer(decided: Decided) -> dict[str, Any]:
        received = decided.events[0]
        assert isinstance(received, ComplaintReceived)
        return {"number": received.number, "acknowledged_at": decided.recorded_at, "likely_duplicates": alike}

    done = await service.commands.handle(COMPLAINT, complaint_id, command, asked, status=201, answer=answer, new=True, also=also)
    # Derived, not kept with the answer: a repeat of the request gets the same secret, and the table holds none.
    tracking = {"number": done.body["number"], "secret": secret(reception.tracking_key, UUID(done.body["id"]))}
    return replace(done, body={**done.body, "tracking": tracking})


async def receipt(service: Service, complaint_id: UUID, command: ReceiveComplaint, asked: Asked, also: Sequence[Step] = ()) -> Any:
    """The same as a door's answer."""
    done = await receive(service, complaint_id, command, asked, also)
    return reply(done.body, done.status, version=done.version)
