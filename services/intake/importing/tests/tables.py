"""Small tables and mappings for the import's tests."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.importing.grouping import RefusedRow, read_rows, survey
from services.intake.importing.imported import Assembler, ImportedComplaint
from services.intake.importing.mapping_file import parse_mapping
from services.intake.importing.reading import open_table

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

PLAIN: dict[str, Any] = {
    "source": {"name": "test", "ignore_values": ["", "-", "NA"]},
    "complaint": {
        "external_ref": "Ref",
        "received_at": "Received",
        "channel": {"value": "other"},
        "content_class": {"value": "service_quality"},
    },
}


def day(text: str) -> datetime:
    """Midnight in Shanghai, as stored."""
    return datetime.fromisoformat(f"{text}T00:00:00+08:00").astimezone(UTC)


def mapping_with(*, source: dict[str, Any] | None = None, without: tuple[str, ...] = (), **sections: dict[str, Any]) -> dict[str, Any]:
    """The plain mapping with more or other entries; `complaint`, `case` and `callback` add fields, `without` takes some away."""
    found = deepcopy(PLAIN)
    found["source"].update(source or {})
    for name, entries in sections.items():
        found.setdefault(name, {}).update(entries)
    for name in without:
        del found["complaint"][name]
    return found


@dataclass
class Outcome:
    """What became of a table's rows."""

    complaints: list[ImportedComplaint] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)

    @property
    def only(self) -> ImportedComplaint:
        assert not self.refused, self.refused
        (complaint,) = self.complaints
        return complaint


def imported(folder: Path, text: str, content: dict[str, Any] | None = None, *, name: str = "table.csv") -> Outcome:
    """Reads a table written with `|` between the cells, without leading blanks, as the importer would."""
    path = folder / name
    lines = [line.strip().replace("|", ",") for line in text.strip().splitlines()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read(path, content or PLAIN)


def read(path: Path, content: dict[str, Any]) -> Outcome:
    mapping = parse_mapping(content)
    table = open_table(path, mapping.source)
    assembler = Assembler(mapping, ZONE, NOW, b"a key")
    outcome = Outcome()
    for group in read_rows(table, mapping, ZONE, survey(table, mapping).repeats):
        for one in [group] if isinstance(group, RefusedRow) else assembler.complaints(group):
            (outcome.refused if isinstance(one, RefusedRow) else outcome.complaints).append(one)
    return outcome
