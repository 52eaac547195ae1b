"""How did a schema come to be what it is? Its migrations, the SQL they run, and the functions as they are now."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from shared.contracts.vocabulary import SERVICES
from shared.postgres.connect import Dsn, connect
from shared.postgres.errors import SchemaTooNew
from shared.postgres.roles import login_of, owner_of

_ROOT = Path(__file__).parents[2]
_TEMPLATE = Path(__file__).parent / "template"
_HERE = "history"  # under this name a migration finds which history it belongs to

# Functions are replaced as a whole, so that a changed signature leaves no second one behind; triggers hang on theirs.
_FUNCTIONS = """
select p.oid::regprocedure::text from pg_proc p
where p.pronamespace = current_schema()::regnamespace and p.prorettype <> 'trigger'::regtype
"""
_TABLES = "select tablename from pg_tables where schemaname = current_schema()"


@dataclass(frozen=True, slots=True)
class History:
    """One schema's migrations and SQL files."""

    schema: str
    versions: Path
    sql: Path

    def digest(self) -> str:
        """Of all that makes the schema: where it is noted in the database, there is nothing to do."""
        digest = hashlib.sha256()
        for file in (*sorted(self.versions.glob("*.py")), *sorted(self.sql.rglob("*.sql")), Path(__file__)):
            digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
        return f"redress {digest.hexdigest()}"

    def tables(self) -> frozenset[str]:
        """The tables the SQL files make, with the grants that stand beside them; all others are views of a service."""
        made = (re.findall(r"^create table (\w+)", file.read_text(encoding="utf-8"), re.M) for file in self.sql.glob("tables_*.sql"))
        return frozenset(name for names in made for name in names)

    def revisions(self) -> list[str]:
        """The revisions this code knows, newest first."""
        return [script.revision for script in self.scripts().walk_revisions()]

    def scripts(self) -> ScriptDirectory:
        return ScriptDirectory(
            _TEMPLATE, version_locations=[self.versions], file_template="%(rev)s_%(slug)s", messaging_opts={"quiet": True}
        )

    def rendered(self, file: Path) -> str:
        """An SQL file; {role} in it is the login role of the schema's service."""
        return file.read_text(encoding="utf-8").replace("{role}", login_of(self.schema))


HISTORIES: tuple[History, ...] = (
    *(
        History(service, _ROOT / "services" / service / "migrations" / "versions", _ROOT / "shared" / "store" / "sql")
        for service in SERVICES
    ),
    History("vault", _ROOT / "shared" / "sealing" / "migrations" / "versions", _ROOT / "shared" / "sealing" / "sql"),
    History("log", _ROOT / "shared" / "log" / "migrations" / "versions", _ROOT / "shared" / "log" / "sql"),
)


@asynccontextmanager
async def begin(owner: Dsn, history: History) -> AsyncIterator[AsyncConnection]:
    """One transaction in the schema, as the role that owns it."""

    async def creator(**_: Any) -> asyncpg.Connection:
        return await connect(owner, history.schema, role=owner_of(history.schema), lock_timeout="60s")

    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=creator)
    async with engine.begin() as connection:
        yield connection


async def upgrade(owner: Dsn, history: History) -> None:
    """Brings the schema to what this code knows, all or nothing."""
    async with begin(owner, history) as connection:
        await connection.run_sync(_migrate, history)
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        for (function,) in await raw.fetch(_FUNCTIONS):
            await raw.execute(f"drop function {function}")
        for file in sorted((history.sql / "functions").glob("*.sql")):
            await raw.execute(history.rendered(file))
        if history.schema in SERVICES:
            await _grant(raw, history)
        await raw.execute(f"comment on schema {history.schema} is '{history.digest()}'")


def in_history(connection: Connection, history: History, steps: Callable[..., Any], **options: Any) -> None:
    """Runs steps of Alembic on this connection, for this history."""
    config = Config()
    config.attributes[_HERE] = history
    with EnvironmentContext(config, history.scripts(), fn=steps) as environment:
        environment.configure(connection=connection, **options)
        with environment.begin_transaction():
            environment.run_migrations()


def run_sql(name: str) -> None:
    """For migrations: runs an SQL file of their history, which may hold any number of statements."""
    config = op.get_context().config
    assert config is not None
    history: History = config.attributes[_HERE]
    connection: Any = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda raw: raw.execute(history.rendered(history.sql / name)))


def _migrate(connection: Connection, history: History) -> None:
    scripts = history.scripts()

    def steps(current: tuple[str, ...], _: object) -> Any:
        for revision in current:
            if revision not in history.revisions():
                raise SchemaTooNew(history.schema, revision)
        return scripts._upgrade_revs("head", current)  # type: ignore[arg-type]  # as Alembic's own `upgrade` does

    in_history(connection, history, steps)


async def _grant(owner: asyncpg.Connection, history: History) -> None:
    """The service works freely in its views; on the kernel's tables only as their file grants."""
    role = login_of(history.schema)
    for (table,) in await owner.fetch(_TABLES):
        if table == "alembic_version":
            await owner.execute(f"grant select on {table} to {role}")
        elif table not in history.tables():
            await owner.execute(f'grant select, insert, update, delete, truncate on "{table}" to {role}')
