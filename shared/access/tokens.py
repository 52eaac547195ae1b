"""What does a token look like? A JWT signed with Ed25519. The same claims always give the same token, so it need not be kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.access.principal import Principal
from shared.contracts.vocabulary import Role

ISSUER = "redress"
AUDIENCE = "redress"
KIND = "redress+jwt"
_REQUIRED = ("jti", "name", "person", "roles", "departments", "head_of", "iat", "exp", "iss", "aud")


class BadToken(Exception):
    """The token was not signed by us, or is none."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says."""

    token_id: UUID
    name: str
    person: str
    roles: tuple[Role, ...]
    departments: tuple[str, ...]
    head_of: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment a token that expires on this day stops to be good: the day's end where the organisation is."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def sign(claims: Claims, key: Ed25519PrivateKey) -> str:
    """The token. Ed25519 signatures are deterministic, and the claims stand in one order."""
    content = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "jti": str(claims.token_id),
        "name": claims.name,
        "person": claims.person,
        "roles": list(claims.roles),
        "departments": list(claims.departments),
        "head_of": list(claims.head_of),
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    return jwt.encode(content, key, algorithm="EdDSA", headers={"typ": KIND})


def verify(token: str, key: Ed25519PublicKey) -> Principal:
    """Who the token stands for. Whether it has expired or was revoked is asked anew each time. Raises BadToken."""
    try:
        found: dict[str, Any] = jwt.decode_complete(
            token,
            key,
            algorithms=["EdDSA"],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": list(_REQUIRED), "verify_exp": False, "verify_iat": False},
        )
        claims = found["payload"]
        if found["header"].get("typ") != KIND:
            raise BadToken("not an access token")
        return Principal(
            token_id=UUID(claims["jti"]),
            name=claims["name"],
            person=claims["person"],
            roles=tuple(claims["roles"]),
            departments=frozenset(claims["departments"]),
            head_of=frozenset(claims["head_of"]),
            expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        )
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise BadToken("not a token of this product") from error
