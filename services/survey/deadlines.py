"""When must a callback be looked at again?"""

from __future__ import annotations

from collections.abc import Iterator

from services.survey.callback import CALLBACK, Expire
from shared.contracts.survey import CallbackDue
from shared.envelope import Envelope
from shared.timers.timers import Timer

EXPIRY = "callback-expiry"
DUE = {EXPIRY: (CALLBACK, Expire("time"))}
TIMER_TYPES = frozenset({CallbackDue.TYPE})


def timers(event: Envelope) -> Iterator[Timer]:
    """A callback is looked at once more when it is too late to ask."""
    match event.data:
        case CallbackDue(callback_id=callback, expires_at=expires_at):
            yield Timer(EXPIRY, callback, expires_at)
