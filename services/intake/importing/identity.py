"""By what is a complaint known when it comes again? Source and reference; without one, what the row says and how often."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from uuid import UUID, uuid5

from services.intake.importing.grouping import Row, trimmed
from services.intake.importing.picking import Doubt

_NAMESPACE = UUID("6f2a1e0c-5b0e-5d0a-9a3b-7e1c6d1f4a58")  # of all that is imported; changing it would import everything again


class Identities:
    """The ids of one source's complaints, in the order its rows come; it counts rows that occur again."""

    def __init__(self, source: str, *, has_ref: bool) -> None:
        self._source = source
        self._has_ref = has_ref
        self._occurrences: Counter[bytes] = Counter()

    def of(self, key: str | None, rows: Sequence[Row], ref: str | None, doubts: list[Doubt]) -> UUID:
        """The same for the same complaint in every run. Where no reference is mapped a group's key stands for it."""
        if ref is None and not self._has_ref:
            ref = key
        if ref is not None:
            return uuid5(_NAMESPACE, f"{self._source}\x1f{ref}")
        digest = hashlib.sha256("\x1f".join(trimmed(rows[0].cells)).encode()).digest()
        self._occurrences[digest] += 1
        occurrence = self._occurrences[digest]
        if occurrence > 1:
            doubts.append(Doubt(rows[0].line, "same_row_twice", f"occurrence {occurrence} of this row"))
        return uuid5(_NAMESPACE, f"{self._source}\x1e{digest.hex()}\x1e{occurrence}")


def stream_of(source: str) -> UUID:
    """The stream of a source's imports."""
    return uuid5(_NAMESPACE, f"import\x1f{source}")


def same_rows(rows: Sequence[Row]) -> list[Doubt]:
    """Lines that say exactly what an earlier line said."""
    if len(rows) == 1:
        return []
    first: dict[tuple[str, ...], int] = {}
    earlier = [(row.line, first.setdefault(trimmed(row.cells), row.line)) for row in rows]
    return [Doubt(line, "same_row_twice", f"the same as line {of}") for line, of in earlier if of != line]
