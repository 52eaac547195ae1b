"""What did the clients ask, what were they told, and what was done to the product meanwhile? One JSON object a line, in order."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True, slots=True)
class Asked:
    """One command of a client: `key` is its Idempotency-Key, the same however often it must be asked."""

    key: str
    service: str
    what: str  # "assess", "close" …: what it should have done
    method: str
    path: str
    body: Any


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The product's word that a command is done. `about` is what it was about: the complaint, as a rule."""

    asked: Asked
    about: str
    answer: Mapping[str, Any]
    attempts: int


@dataclass
class Journal:
    """Written before each attempt and after each answer, so that what was under way when something died is known."""

    out: TextIO
    acknowledged: list[Acknowledged] = field(default_factory=list)
    pending: dict[str, Asked] = field(default_factory=dict)  # asked, not yet acknowledged, whatever became of the attempts
    answers_due: dict[str, str] = field(default_factory=dict)  # attempts on the wire just now, and the service each is for
    wrong: list[str] = field(default_factory=list)  # answers no client should have got
    attempts: int = 0
    unanswered: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

    @classmethod
    def begin(cls, folder: Path) -> Journal:
        folder.mkdir(parents=True, exist_ok=True)
        return cls((folder / "journal.jsonl").open("a", buffering=1))

    def write(self, **line: Any) -> None:
        self.out.write(json.dumps({"at": round(time.time(), 6), **line}, default=str) + "\n")

    def sent(self, asked: Asked, attempt: int, wire: str) -> None:
        self.attempts += 1
        self.pending[asked.key] = asked
        self.answers_due[wire] = asked.service
        self.write(sent=asked.key, what=asked.what, method=asked.method, path=asked.path, attempt=attempt)

    def arrived(self, wire: str) -> None:
        """The attempt is over, with an answer or without."""
        self.answers_due.pop(wire, None)

    def unknown(self, asked: Asked, why: str) -> None:
        """Nobody knows whether it was done: it is asked again until it is acknowledged."""
        self.unanswered += 1
        self.write(unknown=asked.key, why=why)
        self._wake()

    def told(self, asked: Asked, about: str, answer: Mapping[str, Any], attempts: int) -> None:
        self.pending.pop(asked.key, None)
        self.acknowledged.append(Acknowledged(asked, about, answer, attempts))
        self.write(acknowledged=asked.key, about=about, position=answer.get("position"), version=answer.get("version"), attempts=attempts)
        self._wake(progress=True)

    def repeated(self, asked: Asked) -> None:
        """What was acknowledged before was acknowledged once more."""
        self.pending.pop(asked.key, None)
        self._wake()

    def refused(self, asked: Asked, status: int, said: str) -> None:
        """A refusal where the story allows none: the product says something else than it did before."""
        self.pending.pop(asked.key, None)
        self.wrong.append(f"{asked.key} {asked.method} {asked.path}: {status} {said}")
        self.write(refused=asked.key, status=status, said=said)
        self._wake(progress=True)

    def _wake(self, *, progress: bool = False) -> None:
        """Whoever waits for the journal to say more looks at it again."""
        self._news.set()
        self._news = asyncio.Event()
        if progress:
            self._progress.set()
            self._progress = asyncio.Event()

    async def until(self, holds: Callable[[], bool], within: float) -> bool:
        """Waits until the journal says so; False when it does not in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not holds():
                    await self._news.wait()
        return holds()

    async def breath(self, seconds: float) -> None:
        """The pause of a client before it asks again; shorter when somebody else gets an answer."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._progress.wait(), seconds)
