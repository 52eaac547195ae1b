"""How does a case stand, as far as this caller may see it? The object of `GET /cases/{id}`, which the packet holds as well."""

from __future__ import annotations

from typing import Any

from services.routing.seeing import Seen
from services.routing.showing import shown
from services.routing.views import cases, frequency
from shared.sealing import unsealed
from shared.service import Service


async def told(service: Service, found: Seen) -> tuple[dict[str, Any], list[str]]:
    """The case, and which sealed texts in it are in clear: who reads it must be on record before they are."""
    read = await unsealed(service.vault, service.pool, found.told) if found.sight.texts else []
    events = [one.event for one in read] or [envelope.data for envelope in found.told]
    body, texts = shown(found.case, list(zip(found.told, events, strict=True)), *await cases.links(service.pool, found.case.id))
    about = (body["issue_codes"], body["product_code"], body["customer_ref"])
    body["recurrence"]["computed"] = await frequency.computed(service.pool, *about)
    # Where nothing was opened only the vault knows.
    erased = any(one.erased for one in read) or (not (texts and read) and await service.vault.erased(service.pool, found.case.id))
    if erased:
        body["erased"] = True
    elif texts and not found.sight.texts:
        body["sealed"] = True
    return body, sorted(texts) if read and not erased else []
