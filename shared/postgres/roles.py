"""Who may do what in the database? One login role per service that owns nothing, one owner per schema that nobody logs in as."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

import asyncpg

from shared.cannot_start import CannotStart
from shared.contracts.vocabulary import SERVICES
from shared.keys import Keys
from shared.postgres.connect import role_password
from shared.postgres.errors import WrongMasterKey

SCHEMAS: tuple[str, ...] = (*SERVICES, "vault", "log")

_MARKS = "select rolname, shobj_description(oid, 'pg_authid') from pg_roles where rolname = any($1::text[])"
_OWNERS = "select nspname, pg_get_userbyid(nspowner) from pg_namespace where nspname = any($1::text[])"
_IS_SUPERUSER = "select rolsuper from pg_roles where rolname = current_user"


class SchemaTaken(CannotStart):
    def __init__(self, schema: str, owner: str) -> None:
        super().__init__(f"The database already has a schema {schema!r} that belongs to {owner!r}; give Redress a database of its own.")


def owner_of(schema: str) -> str:
    """The role that owns a schema and all in it."""
    return f"redress_{schema}_owner"


def login_of(service: str) -> str:
    """The role a service logs in as."""
    return f"redress_{service}"


async def prepare(owner: asyncpg.Connection, keys: Keys) -> None:
    """Makes the roles and schemas that are missing. Roles made under another master key are refused, not taken over."""
    await _roles(owner, keys)
    existing = {row[0]: row[1] for row in await owner.fetch(_OWNERS, [*SCHEMAS, *(f"{service}_rebuild" for service in SERVICES)])}
    for schema in SCHEMAS:
        await _schema(owner, schema, schema, existing)
    for service in SERVICES:
        await _schema(owner, f"{service}_rebuild", service, existing)
        await owner.execute(f"grant usage on schema {service} to {login_of(service)}")
        await owner.execute(f"grant usage, create on schema {service}_rebuild to {login_of(service)}")


async def _roles(owner: asyncpg.Connection, keys: Keys) -> None:
    mark = f"redress {keys.derive('roles').hex()[:32]}"
    logins = {login_of(service): service for service in SERVICES}
    names = [*logins, *(owner_of(schema) for schema in SCHEMAS)]
    marks = {row[0]: row[1] for row in await owner.fetch(_MARKS, names)}
    if any(found != mark for name, found in marks.items()):
        raise WrongMasterKey
    is_superuser = await owner.fetchval(_IS_SUPERUSER)
    async with owner.transaction():
        for name in (name for name in names if name not in marks):
            if name in logins:
                password = _verifier(role_password(keys, logins[name]))
                await owner.execute(f"create role {name} login noinherit password '{password}'")
            else:
                await owner.execute(f"create role {name} nologin noinherit")
            await owner.execute(f"comment on role {name} is '{mark}'")
            if not is_superuser:
                await owner.execute(f"grant {name} to current_user")


async def _schema(owner: asyncpg.Connection, schema: str, of: str, existing: dict[str, str]) -> None:
    if schema not in existing:
        await owner.execute(f"create schema {schema} authorization {owner_of(of)}")
    elif existing[schema] != owner_of(of):
        raise SchemaTaken(schema, existing[schema])


def _verifier(password: str, iterations: int = 4096) -> str:
    """What PostgreSQL keeps of a password (RFC 5803), so that the password itself is in no statement and no server log."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    encoded = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${iterations}:{encoded[0]}${encoded[1]}:{encoded[2]}"
