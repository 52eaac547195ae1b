"""Which trace does a request belong to? The caller's (W3C Trace Context), or a new one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

_FORM = re.compile(rb"^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$")
_NONE = (b"0" * 32, b"0" * 16)


@dataclass(frozen=True, slots=True)
class Trace:
    """The trace's id, and the header that says: this request is a step of it."""

    id: str
    parent: str


def continued(header: bytes | None) -> Trace:
    """The caller's trace with a step of our own; a new trace when the header is missing or malformed."""
    random = os.urandom(24).hex()
    step, trace = random[:16], random[16:]
    match = _FORM.match(header) if header is not None else None
    if match is not None and match[1] != _NONE[0] and match[2] != _NONE[1]:
        trace = match[1].decode()
        return Trace(trace, f"00-{trace}-{step}-{match[3].decode()}")
    return Trace(trace, f"00-{trace}-{step}-00")
