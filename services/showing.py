"""How does a command tell what it does? A bar on a terminal, plain lines otherwise, JSON for machines."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import Any, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

LINE_EVERY = 2.0


class Showing:
    """The progress of one piece of work, and its result."""

    def __init__(self, what: str, *, as_json: bool) -> None:
        self._what = what
        self._json = as_json
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said = 0.0

    def __enter__(self) -> Self:
        if not self._json and sys.stdout.isatty():
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns)
            self._bar.start()
            self._task = self._bar.add_task(self._what, total=None)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int | None) -> None:
        """So much is done of so much."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total)
            return
        now = time.monotonic()
        if done != total and now - self._said < (0.2 if self._json else LINE_EVERY):
            return
        self._said = now
        if self._json:
            print(json.dumps({"progress": self._what, "done": done, "total": total}), flush=True)
        else:
            print(f"{self._what}: {done}" + (f" of {total}" if total is not None else ""), flush=True)

    def count(self, done: int) -> None:
        """So much is done; how much there is, nobody knows."""
        self(done, None)

    def tell(self, sentence: str) -> None:
        """A line for people."""
        if self._json:
            return
        if self._bar is not None:
            self._bar.console.print(sentence, highlight=False)
        else:
            print(sentence, flush=True)

    def result(self, found: dict[str, Any]) -> None:
        """The result for machines; people were told in words."""
        if self._json:
            print(json.dumps(found, default=str), flush=True)
