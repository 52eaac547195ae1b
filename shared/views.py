"""What is a read model? One question, its tables, and how events change them; fed by the service's "views" consumer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

import asyncpg
from sqlalchemy import Table

from shared.envelope import Envelope

Apply = Callable[[asyncpg.Connection, Sequence[Envelope]], Awaitable[None]]
Build = Callable[[asyncpg.Connection, AsyncIterator[Sequence[Envelope]]], Awaitable[None]]


@dataclass(frozen=True)
class View:
    """`apply` is set-based, sees every event at most once and in order per topic, and gives the same tables for every
    interleaving of topics. Raise `version` when `apply` or a table changes: the view is rebuilt beside the old one.
    `build`, where given, fills empty tables from all history at once (folded in memory, written by COPY), equal to `apply`.
    `apart` says that no row is touched by events of two partitions, so that a rebuild may work on several at once.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    handles: frozenset[str]
    apply: Apply
    build: Build | None = None
    apart: bool = False


@dataclass(frozen=True)
class Projecting:
    """The handler of a "views" consumer: every view gets the events it handles."""

    views: tuple[View, ...]

    async def __call__(self, connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
        for view in self.views:
            mine = [event for event in events if event.type in view.handles]
            if mine:
                await view.apply(connection, mine)


def handled(views: Sequence[View]) -> frozenset[str]:
    """The types any of the views handles."""
    return frozenset().union(*(view.handles for view in views))


def producers(types: frozenset[str]) -> frozenset[str]:
    """The services these events come from."""
    return frozenset(kind.partition(".")[0] for kind in types)
