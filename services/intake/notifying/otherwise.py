"""How is a complainant told whom no mail reaches? By the channel they came by; and some things need no telling at all."""

from __future__ import annotations

from typing import Literal

from shared.contracts.intake_notifications import NotificationKind
from shared.contracts.vocabulary import Channel, Complainant

WRITTEN = frozenset({"letter", "fax"})
SPOKEN = frozenset({"phone", "visit"})
# The result was told by a person, an effective action is work of its own for the desk, and the callback is the call.
TOLD_ANYWAY = frozenset({"result", "action_effective", "callback"})


def left_to(kind: NotificationKind, channel: Channel, complainant: Complainant | None) -> Literal["phone", "letter"] | None:
    """What the desk does, beside what stands on the tracking page."""
    if complainant is None or kind in TOLD_ANYWAY or (kind == "acknowledgement" and channel in SPOKEN):
        return None
    phone: Literal["phone"] | None = "phone" if complainant.phone else None
    letter: Literal["letter"] | None = "letter" if complainant.address else None
    return letter or phone if channel in WRITTEN else phone or letter
