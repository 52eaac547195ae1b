"""What went wrong with the database, and what should the operator do?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from asyncpg import exceptions as pg

from shared.cannot_start import CannotStart


class DataFolderInUse(CannotStart):
    def __init__(self, data: Path, pid: int) -> None:
        super().__init__(f"The data folder {data} is in use by process {pid}; stop that one first, or choose another folder with --data.")
        self.pid = pid


class DataFolderUnusable(CannotStart):
    pass


class ServerFailed(CannotStart):
    pass


class WrongPassword(CannotStart):
    def __init__(self, where: str, user: str) -> None:
        mend = "run redress migrate, or correct REDRESS_MASTER_KEY_FILE" if user.startswith("redress_") else "correct REDRESS_DATABASE_URL"
        super().__init__(f"The PostgreSQL server {where} refuses the password of {user!r}; {mend}.")


class Unreachable(CannotStart):
    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The PostgreSQL server {where} cannot be reached ({why}); is it running, and is REDRESS_DATABASE_URL right?")


class NotReady(CannotStart):
    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The PostgreSQL server {where} takes no connections now ({why}); try again when it does.")


class DatabaseMissing(CannotStart):
    def __init__(self, where: str, database: str) -> None:
        super().__init__(f"The PostgreSQL server {where} has no database {database!r}; make it with: createdb {database}")


class ServerTooOld(CannotStart):
    def __init__(self, where: str, version: int, oldest: int) -> None:
        super().__init__(f"The PostgreSQL server {where} is version {version}; Redress needs {oldest} or newer.")


class DiskFull(CannotStart):
    def __init__(self, where: str) -> None:
        super().__init__(f"There is no space left on the disk of {where}; free some and start again. Nothing was lost.")


class RightsMissing(CannotStart):
    def __init__(self, user: str, why: str) -> None:
        super().__init__(
            f"The owner {user!r} in REDRESS_DATABASE_URL may not prepare the database ({why}); it must own the database and have CREATEROLE."
        )


class NotMigrated(CannotStart):
    def __init__(self, why: str) -> None:
        super().__init__(f"The database is not ready for this version of Redress ({why}); run redress migrate.")


class PartitionsChanged(CannotStart):
    def __init__(self, stored: int, asked: int) -> None:
        super().__init__(
            f"REDRESS_PARTITIONS is {asked}, but this database was started with {stored}; the number is fixed for ever, set it back to {stored}."
        )


class SchemaTooNew(CannotStart):
    def __init__(self, schema: str, revision: str) -> None:
        super().__init__(
            f"The database was written by a newer Redress: its schema {schema!r} is at revision {revision}, unknown here; start that version."
        )


class WrongMasterKey(CannotStart):
    def __init__(self) -> None:
        super().__init__("This database belongs to another master key; set REDRESS_MASTER_KEY_FILE to the one it was first started with.")


@contextmanager
def explained(where: str, user: str, database: str) -> Iterator[None]:
    """Turns what the driver raises, also wrapped by SQLAlchemy, into the sentence for it; what has none goes through."""
    try:
        yield
    except CannotStart:
        raise
    except Exception as error:
        sentence = explain(error, where, user, database)
        if sentence is None:
            raise
        raise sentence from error


def explain(error: BaseException, where: str, user: str, database: str) -> CannotStart | None:
    """The sentence for an error of the driver, if the operator can do something about it."""
    match error:
        case pg.InvalidPasswordError() | pg.InvalidAuthorizationSpecificationError():
            return WrongPassword(where, user)
        case pg.InvalidCatalogNameError():
            return DatabaseMissing(where, database)
        case pg.DiskFullError():
            return DiskFull(where)
        case pg.CannotConnectNowError() | pg.TooManyConnectionsError():
            return NotReady(where, error.args[0])
        case pg.InsufficientPrivilegeError():
            return RightsMissing(user, error.args[0])
        case OSError() | TimeoutError() | pg.PostgresConnectionError():
            return Unreachable(where, _why(error))
        case asyncpg.PostgresError() | None:
            return None
    return explain(error.__cause__, where, user, database) if error.__cause__ is not None else None


def _why(error: BaseException) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
