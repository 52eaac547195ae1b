"""Who folds which partitions when there are many events? A process a core, each with connections of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from typing import Any

import asyncpg

from shared import memory
from shared.log.port import Log
from shared.postgres.connect import Dsn, connect
from shared.replay import Place, Replay, Source
from shared.views import View

REPORT_EVERY = 0.5  # seconds

_SETTINGS = {
    "idle_in_transaction_session_timeout": "0",  # reading the log takes its time
    "lock_timeout": "60s",
    "synchronous_commit": "off",  # the commit that puts the tables in place waits for all before it
}

OpenLog = Callable[[], Coroutine[Any, Any, Log]]
Progress = Callable[[int], None]  # records read since the last call


class NotFolded(Exception):
    """What a process could not do; the sentence begins with the kind of error it had."""


@dataclass(frozen=True)
class Share:
    """Some partitions of a view, to be folded up to `limit`. Crosses over to another process, and so must all that is in it."""

    service: str
    dsn: Dsn
    view: View
    partitions: Sequence[int]
    limit: Mapping[Source, int]
    left_out: frozenset[str]


@dataclass(frozen=True)
class Folded:
    """How many events that were, and where to read on."""

    read: int
    places: Mapping[Source, Place]


async def connect_builder(dsn: Dsn, service: str) -> asyncpg.Connection:
    """For this connection the new tables come before the running ones."""
    return await connect(dsn.for_role(service), f"{service}_rebuild, {service}", **_SETTINGS)


async def fold(share: Share, log: Log, progress: Progress) -> Folded:
    """Fills the new tables with what these partitions say."""
    replay = Replay(log, share.view, share.partitions, share.left_out, progress)
    builder = await connect_builder(share.dsn, share.service)
    try:
        with memory.uncollected():
            if share.view.build is not None:
                async with builder.transaction():
                    await share.view.build(builder, replay.pages(share.limit))
            else:
                async for events in replay.pages(share.limit):
                    async with builder.transaction():
                        await share.view.apply(builder, events)
    finally:
        await builder.close(timeout=2)
    return Folded(replay.read, replay.places)


async def fold_apart(shares: Sequence[Share], open_log: OpenLog, progress: Progress) -> Folded:
    """Each share in a process of its own; when one fails all do."""
    spawn = multiprocessing.get_context("spawn")
    read, ended = spawn.Value("q", 0), spawn.Event()
    folding = []
    for share in shares:
        receiving, sending = spawn.Pipe(duplex=False)
        crossing = replace(share, view=replace(share.view, tables=()))  # functions cross over by their names, tables do not
        spawn.Process(target=_process, args=(sending, crossing, open_log, read, ended), daemon=True).start()
        sending.close()  # only the process holds it now: when it dies, receiving ends
        folding.append(asyncio.create_task(asyncio.to_thread(_told_by, receiving)))
    told = 0
    try:
        while any(not one.done() for one in folding):
            done, _ = await asyncio.wait(folding, timeout=REPORT_EVERY, return_when=asyncio.FIRST_EXCEPTION)
            for one in done:
                one.result()
            now = read.value
            progress(now - told)
            told = now
    finally:
        ended.set()
        found = await asyncio.gather(*folding, return_exceptions=True)
    parts = [one for one in found if isinstance(one, Folded)]
    return Folded(sum(part.read for part in parts), {source: place for part in parts for source, place in part.places.items()})


def _told_by(receiving: Connection) -> Folded:
    try:
        told = receiving.recv()
    except EOFError:
        raise NotFolded("A process that folded some of the partitions was ended from outside.") from None
    if isinstance(told, Folded):
        return told
    raise NotFolded(str(told))


def _process(sending: Connection, share: Share, open_log: OpenLog, read: Synchronized[int], ended: Event) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def count(records: int) -> None:
        if ended.is_set():
            raise NotFolded("Another process failed, so this one need not go on.")
        with read.get_lock():
            read.value += records

    try:
        sending.send(asyncio.run(_fold(share, open_log, count)))
    except Exception as error:  # as text: not every exception can cross over
        sending.send(f"{type(error).__name__}: {error}")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


async def _fold(share: Share, open_log: OpenLog, progress: Progress) -> Folded:
    log = await open_log()
    try:
        return await fold(share, log, progress)
    finally:
        await log.close()
