"""Where do refused rows go? To `FILE.rejected.csv`, with line and reason before their cells, so that they can be mended and imported."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from services.intake.importing.grouping import RefusedRow, trimmed


class Rejected:
    """The file of one run; it exists only when a row was refused. One left by an earlier run is replaced or removed."""

    def __init__(self, table: Path, header: Sequence[str]) -> None:
        self._wanted = table.with_name(f"{table.name}.rejected.csv")
        self._header = header
        self._file: TextIO | None = None
        self.unwritable: str | None = None

    @property
    def path(self) -> Path | None:
        return self._wanted if self._file is not None else None

    def add(self, row: RefusedRow) -> None:
        if self.unwritable is None:
            try:
                self._write(row)
            except OSError as error:  # a folder one may only read from; the report lists the rows all the same
                self.unwritable = f"{self._wanted} could not be written ({error.strerror})"

    def _write(self, row: RefusedRow) -> None:
        if self._file is None:
            private = os.open(self._wanted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # rows may hold personal data
            self._file = os.fdopen(private, "w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(["line", "reason", *self._header])
        csv.writer(self._file).writerow([row.line, row.reason, *trimmed(row.cells)])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()
        elif kind is None and self.unwritable is None:
            with suppress(OSError):
                self._wanted.unlink(missing_ok=True)
