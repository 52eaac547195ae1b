"""What lets a complainant in without a token? A number and a secret that follows from the complaint's id, and few wrong guesses."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

SECRET_BYTES = 16  # 128 bits (OWASP ASVS 5.0, 11.5.1); grouped so that it can be read out on the phone


def secret(key: bytes, complaint_id: UUID) -> str:
    """Letters and digits in groups of four; derived whenever it is asked for, stored nowhere."""
    digest = hmac.digest(key, complaint_id.bytes, hashlib.sha256)[:SECRET_BYTES]
    text = base64.b32encode(digest).decode().rstrip("=")
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def right(key: bytes, complaint_id: UUID, given: str) -> bool:
    """Compared in constant time; case, dashes and blanks do not matter."""
    return hmac.compare_digest(_bare(secret(key, complaint_id)), _bare(given))


def _bare(text: str) -> bytes:
    return "".join(c for c in text if c.isalnum()).upper().encode()
