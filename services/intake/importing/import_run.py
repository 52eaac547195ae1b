"""What does intake decide about an import? It starts, and it finishes once; one that was cut off goes on. A stream per source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.intake import ImportFinished, ImportStarted
from shared.decider import Context, Decider, Refused

Coverage = tuple[date | None, date | None]


@dataclass(frozen=True, slots=True)
class ImportRun:
    """What intake must remember of a source's imports to decide about the next."""

    id: UUID
    started: int = 0
    running: UUID | None = None
    covers: Coverage = (None, None)


@dataclass(frozen=True, slots=True)
class StartImport:
    """Rows of a source are about to be taken in."""

    source: str
    file_name: str


@dataclass(frozen=True, slots=True)
class FinishImport:
    """All rows have been taken in; these are the counts and the months they cover."""

    source: str
    rows: int
    complaints: int
    already_there: int
    changed: int
    refused: int
    doubtful: int
    covers: Coverage


Command = StartImport | FinishImport


def start(run: ImportRun, command: StartImport) -> Sequence[Event]:
    """An import that was cut off is still the same import."""
    if run.running is not None:
        return ()
    return (ImportStarted(import_id=uuid5(run.id, str(run.started + 1)), source=command.source, file_name=command.file_name),)


def finish(run: ImportRun, command: FinishImport) -> Sequence[Event]:
    if run.running is None:
        raise Refused("not-running", f"No import of {command.source} is running.")
    return (
        ImportFinished(
            import_id=run.running,
            source=command.source,
            rows=command.rows,
            complaints=command.complaints,
            already_there=command.already_there,
            changed=command.changed,
            refused=command.refused,
            doubtful=command.doubtful,
            covers_from=command.covers[0],
            covers_to=command.covers[1],
        ),
    )


def initial(stream_id: UUID) -> ImportRun:
    return ImportRun(stream_id)


def decide(run: ImportRun, command: Command, context: Context) -> Sequence[Event]:
    match command:
        case StartImport():
            return start(run, command)
        case FinishImport():
            return finish(run, command)


def evolve(run: ImportRun, event: Event) -> ImportRun:
    match event:
        case ImportStarted():
            return replace(run, started=run.started + 1, running=event.import_id)
        case ImportFinished():
            return replace(run, running=None, covers=(event.covers_from, event.covers_to))
        case _:
            return run


IMPORT_RUN = Decider("import run", initial, decide, evolve)
