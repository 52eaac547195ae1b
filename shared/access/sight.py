"""How much of a complaint may somebody see? All, all but the complainant, facts only, or nothing."""

from __future__ import annotations

from dataclasses import dataclass

from shared.access.principal import Principal
from shared.contracts.vocabulary import Role


@dataclass(frozen=True, slots=True)
class Sight:
    """Which sealed fields may be shown; the facts always."""

    complainant: bool
    texts: bool


ALL = Sight(complainant=True, texts=True)
TEXTS = Sight(complainant=False, texts=True)
FACTS = Sight(complainant=False, texts=False)

_EVERY: dict[Role, Sight] = {"desk": ALL, "quality": ALL, "approver": TEXTS, "auditor": TEXTS, "analyst": FACTS}


def sight(who: Principal, *, own: bool, held: bool) -> Sight | None:
    """The most that any of the roles gives. None: not visible, which is answered as if it did not exist.

    `own`: posted by the person or for one of its departments (counts for the role channel); `held`: a work item of the case
    is or was with one of its departments (counts for the role department).
    """
    seen = [_EVERY[role] for role in who.roles if role in _EVERY]
    if (own and "channel" in who.roles) or (held and "department" in who.roles):
        seen.append(ALL)
    if not seen:
        return None
    return Sight(any(s.complainant for s in seen), any(s.texts for s in seen))
