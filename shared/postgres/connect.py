"""Where is the database, and how does each service log in to it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

from shared.cannot_start import CannotStart
from shared.keys import Keys
from shared.postgres.errors import explained

_CONNECT_WITHIN = 10.0
_SESSION = {
    "timezone": "UTC",
    "jit": "off",
    "lock_timeout": "5s",  # a stuck session must not stop a service
    "idle_in_transaction_session_timeout": "30s",
}


class Pooled(asyncpg.Connection):
    """Whoever borrows one leaves it as it was: settings, locks and listeners of a session are for connections of one's own.
    The driver would undo them after every single query, and that was a quarter of all round trips. What a transaction left open
    it still rolls back.
    """

    def get_reset_query(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Dsn:
    """A login at a database: the owner's, or through `for_role` a service's."""

    host: str  # a host name, or the folder of the server's socket
    port: int
    user: str
    password: str | None = field(repr=False)
    database: str
    ssl: str | None = None  # as libpq's sslmode
    keys: Keys | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str, keys: Keys | None = None) -> Self:
        """From REDRESS_DATABASE_URL."""
        try:
            parts = urlsplit(url)
            port = parts.port or 5432
        except ValueError as error:
            raise CannotStart(f"REDRESS_DATABASE_URL is not a URL: {error}.") from None
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if unknown := query.keys() - {"sslmode", "host"}:
            raise CannotStart(
                f"REDRESS_DATABASE_URL has {', '.join(sorted(unknown))}; only sslmode and host (a socket's folder) are known."
            )
        return cls(
            host=query.get("host") or unquote(parts.hostname or "localhost"),
            port=port,
            user=unquote(parts.username or "redress"),
            password=unquote(parts.password) if parts.password else None,
            database=unquote(parts.path.lstrip("/")) or "redress",
            ssl=query.get("sslmode"),
            keys=keys,
        )

    @property
    def where(self) -> str:
        """The server, as an operator knows it."""
        return f"in {self.host}" if self.host.startswith("/") else f"at {self.host}:{self.port}"

    def for_role(self, service: str) -> Dsn:
        """The same database as a service logs in: its password follows from the master key, so none is kept anywhere."""
        if self.user == f"redress_{service}":
            return self
        if self.keys is None:
            raise ValueError("a login without keys cannot derive a service's password")
        return replace(self, user=f"redress_{service}", password=role_password(self.keys, service))

    def without_keys(self, service: str) -> Dsn:
        """This service's login and nothing that another could be had with: what another process may be handed."""
        return replace(self.for_role(service), keys=None)


def role_password(keys: Keys, service: str) -> str:
    """The password of a service's database role."""
    return keys.derive(f"role:{service}").hex()


async def connect(dsn: Dsn, schema: str, **settings: str) -> asyncpg.Connection:
    """One connection that sees this schema only; the caller closes it. Raises what the driver raises: running parts try again on that."""
    connection: asyncpg.Connection = await asyncpg.connect(**_arguments(dsn, schema, settings))
    return connection


async def open_pool(dsn: Dsn, schema: str, *, min_size: int, max_size: int, **settings: str) -> asyncpg.Pool:
    """Connections that see this schema only; the caller closes the pool. A start, so trouble is told in a sentence."""
    with explained(dsn.where, dsn.user, dsn.database):
        return await asyncpg.create_pool(min_size=min_size, max_size=max_size, connection_class=Pooled, **_arguments(dsn, schema, settings))


def _arguments(dsn: Dsn, schema: str, settings: Mapping[str, str]) -> dict[str, Any]:
    return {
        "host": dsn.host,
        "port": dsn.port,
        "user": dsn.user,
        "password": dsn.password,
        "database": dsn.database,
        "ssl": dsn.ssl,
        "timeout": _CONNECT_WITHIN,
        "server_settings": {**_SESSION, "search_path": schema, "application_name": f"redress {schema}", **settings},
    }
