"""Who is asking, and may they? Signed tokens that every service verifies by itself; revocations travel on the log."""

from shared.access.access import Access, NotAdmitted, NotCurrent
from shared.access.matrix import MATRIX, Scope, may
from shared.access.principal import Principal
from shared.access.revocations import REVOCATIONS, Revocations
from shared.access.sight import Sight, sight
from shared.access.tokens import BadToken, Claims, sign, verify

__all__ = [
    "MATRIX", "REVOCATIONS", "Access", "BadToken", "Claims", "NotAdmitted", "NotCurrent", "Principal", "Revocations",
    "Scope", "Sight", "may", "sight", "sign", "verify",
]  # fmt: skip
