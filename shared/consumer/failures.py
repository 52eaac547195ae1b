"""Will it pass, or is it poison? What is transient is tried again; anything else is looked for and parked."""

from __future__ import annotations

import asyncpg

from shared.policy import PolicyUnknown


class Hole(Exception):
    """A position is missing on a topic: something was lost between store and log. The consumer stops; it never skips."""

    def __init__(self, topic: str, partition: int, last: int, found: int) -> None:
        super().__init__(f"{topic}/{partition}: {found} follows {last}; {found - last - 1} events are missing")
        self.topic = topic
        self.partition = partition
        self.last = last


class Fenced(Exception):
    """The checkpoint moved under this instance: another one does its work now."""


_TRANSIENT = (
    OSError,
    TimeoutError,
    Fenced,
    PolicyUnknown,  # another process decided by a version that is still on its way to this one
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server that dies in the middle of an answer confuses the driver
    asyncpg.PostgresConnectionError,
    asyncpg.TransactionRollbackError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.exceptions.IdleInTransactionSessionTimeoutError,
)


def transient(error: BaseException) -> bool:
    """True for what time or a new connection can heal."""
    return isinstance(error, _TRANSIENT)
