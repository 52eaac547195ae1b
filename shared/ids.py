"""Where do new ids come from? UUID version 7: random, but rising with time, which keeps index pages warm."""

from __future__ import annotations

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """A new id (RFC 9562, version 7). For identification only: secrets are derived with a key, never from ids."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)
