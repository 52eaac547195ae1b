"""What happens to a batch of complaints? Those that are new are taken in, by the decision and the append of a posted complaint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import orjson

from services.intake.complaint import COMPLAINT, ReceiveComplaint
from services.intake.importing.imported import ImportedComplaint
from services.intake.importing.report import ImportReport
from shared.commands import Asked, Step
from shared.contracts.vocabulary import Channel, ContentClass
from shared.service import Service

_FIRST_EVENTS = "select stream_id, data from events where stream_id = any($1::uuid[]) and version = 1"


class Intake:
    """The store's side of an import: what is there, what is new, what has changed since."""

    def __init__(self, service: Service, report: ImportReport) -> None:
        self._service = service
        self._report = report

    async def sorted_out(self, batch: Sequence[ImportedComplaint]) -> list[ImportedComplaint]:
        """The complaints that are not there yet, each once; the others are counted."""
        rows = await self._service.pool.fetch(_FIRST_EVENTS, [complaint.id for complaint in batch])
        known = {row["stream_id"]: _fingerprint_in(row["data"]) for row in rows}
        fresh = []
        for complaint in batch:
            fingerprint = complaint.history.fingerprint
            if complaint.id in known:
                self._report.was_there(complaint, same=known[complaint.id] == fingerprint)
            else:
                known[complaint.id] = fingerprint
                fresh.append(complaint)
        return fresh

    async def take_in(self, fresh: Sequence[ImportedComplaint], asked: Asked) -> None:
        """In one transaction, numbered in their order."""
        steps = [Step(COMPLAINT, complaint.id, command(complaint), new=True) for complaint in fresh]
        made = await self._service.commands.handle_many(steps, asked)
        self._service.wake.set()
        for complaint, decided in zip(fresh, made, strict=True):
            if decided is None:
                self._report.was_there(complaint, same=True)
            else:
                self._report.was_made(complaint)


def _fingerprint_in(data: bytes) -> str | None:
    found: str | None = (orjson.loads(data).get("history") or {}).get("fingerprint")
    return found


def command(complaint: ImportedComplaint) -> ReceiveComplaint:
    """What a door would ask, with what the complaint went through elsewhere."""
    return ReceiveComplaint(
        channel=cast(Channel, complaint.channel),
        content_class=cast(ContentClass, complaint.content_class),
        received_at=complaint.received_at,
        external_ref=complaint.external_ref,
        issue_codes=complaint.issue_codes,
        description=complaint.description,
        remedy_sought=complaint.remedy_sought,
        occurred_on=complaint.occurred_on,
        perceived_seriousness=complaint.perceived_seriousness,
        complainant=complaint.complainant,
        customer=complaint.customer,
        product=complaint.product,
        data_flags=complaint.data_flags,
        history=complaint.history,
    )
