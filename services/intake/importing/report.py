"""What came of an import? Counts for people and for machines, and every row that was not simply taken in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from services.intake.importing.grouping import RefusedRow
from services.intake.importing.imported import ImportedComplaint

SHOWN = 200  # of each list on a terminal; --json has them all


@dataclass(frozen=True, slots=True)
class Noted:
    """One line of the file and what there is to say about it."""

    line: int
    what: str
    external_ref: str | None = None
    flag: str | None = None


@dataclass
class ImportReport:
    """Grows while the import runs."""

    source: str
    file: str
    dry_run: bool = False
    rows: int = 0
    complaints: int = 0
    received_again: int = 0  # of those made: with more than one round
    already_there: int = 0
    changed: int = 0
    refused: int = 0
    doubtful: int = 0
    covers_from: date | None = None
    covers_to: date | None = None
    seconds: float = 0.0
    rejected_file: Path | None = None
    problem: str | None = None
    flags: Counter[str] = field(default_factory=Counter)
    refused_rows: list[Noted] = field(default_factory=list)
    doubtful_rows: list[Noted] = field(default_factory=list)
    changed_rows: list[Noted] = field(default_factory=list)

    def was_refused(self, row: RefusedRow) -> None:
        self.refused += 1
        self.refused_rows.append(Noted(row.line, row.reason))

    def was_doubtful(self, complaint: ImportedComplaint) -> None:
        self.doubtful += 1
        self.flags.update(complaint.data_flags)
        self.doubtful_rows += [Noted(doubt.line, doubt.detail, complaint.external_ref, doubt.flag) for doubt in complaint.doubts]

    def was_made(self, complaint: ImportedComplaint) -> None:
        self.complaints += 1
        self.received_again += len(complaint.history.rounds) > 1

    def was_there(self, complaint: ImportedComplaint, *, same: bool) -> None:
        if same:
            self.already_there += 1
        else:
            self.changed += 1
            self.changed_rows.append(Noted(complaint.lines[0], "says something else than when it was imported", complaint.external_ref))

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        for name in ("covers_from", "covers_to", "rejected_file"):
            found[name] = None if found[name] is None else str(found[name])
        return found | {"seconds": round(self.seconds, 3), "flags": dict(self.flags)}

    def sentences(self) -> Iterator[str]:
        """The report for a person at a terminal."""
        again = f", of which {self.received_again:,} were received again" if self.received_again else ""
        yield f"{self.rows:,} rows of {self.file} read as {self.source} in {self.seconds:.1f} s" + (
            ", nothing stored" if self.dry_run else ""
        )
        yield f"{self.complaints:,} complaints {'would be made' if self.dry_run else 'made'}{again}"
        yield f"{self.already_there:,} already there, {self.changed:,} already there but changed in the file (not applied)"
        yield f"{self.refused:,} rows refused" + (f", written to {self.rejected_file}" if self.rejected_file else "")
        flags = ", ".join(f"{flag} {count:,}" for flag, count in sorted(self.flags.items()))
        yield f"{self.doubtful:,} complaints doubtful, taken in and flagged" + (f": {flags}" if flags else "")
        if self.covers_from and self.covers_to:
            yield f"Covers {self.covers_from} to {self.covers_to}"
        if self.problem:
            yield self.problem
        for title, noted in (("Refused", self.refused_rows), ("Changed", self.changed_rows), ("Doubtful", self.doubtful_rows)):
            yield from _listed(title, noted)


def _listed(title: str, noted: list[Noted]) -> Iterator[str]:
    if not noted:
        return
    yield f"{title}:"
    for one in noted[:SHOWN]:
        flag = f"{one.flag}: " if one.flag else ""
        ref = f" [{one.external_ref}]" if one.external_ref else ""
        yield f"  line {one.line}{ref}: {flag}{one.what}"
    if len(noted) > SHOWN:
        yield f"  … and {len(noted) - SHOWN:,} more; --json lists them all"
