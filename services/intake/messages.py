"""What did staff and complainant write to each other? Told from the complaint's own events, so never stale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shared.contracts.intake import MessagePosted
from shared.envelope import Envelope
from shared.sealing import plain, unsealed
from shared.service import Service


async def messages(service: Service, told: Sequence[Envelope], *, only_visible: bool) -> list[dict[str, Any]]:
    """The oldest first, texts in clear; `place` is the message's place in the complaint's events."""
    posted = [event for event in told if event.type == MessagePosted.TYPE and (event.body["visible"] or not only_visible)]
    found = []
    for envelope, read in zip(posted, await unsealed(service.vault, service.pool, posted), strict=True):
        event = read.event
        assert isinstance(event, MessagePosted)
        found.append(
            {
                "id": event.message_id,
                "at": envelope.recorded.recorded_at,
                "by": event.by,
                "person": None if event.by == "complainant" or event.actor is None else event.actor.name,
                "text": plain(event.text),
                "visible": event.visible,
                "topic": event.topic,
                "place": envelope.recorded.version,
            }
        )
    return found
