"""How much was exposed to complaint? Sheets of figures people give us: what rates are per. A later figure corrects an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.reporting import ExposureRecorded
from shared.contracts.vocabulary import ExposureKind
from shared.decider import Context, Decider, Invalid


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet is written once; a correction is another sheet."""

    id: UUID


@dataclass(frozen=True, slots=True)
class Exposure:
    month: str
    kind: ExposureKind
    units: int
    product_code: str | None = None
    customer_ref: str | None = None

    @property
    def of(self) -> tuple[str, ExposureKind, str | None, str | None]:
        """What the figure is about."""
        return (self.month, self.kind, self.product_code, self.customer_ref)


@dataclass(frozen=True, slots=True)
class RecordExposures:
    exposures: tuple[Exposure, ...]


def decide(sheet: Sheet, command: RecordExposures, context: Context) -> Sequence[Event]:
    seen: dict[object, int] = {}
    for n, exposure in enumerate(command.exposures):
        if exposure.of in seen:
            raise Invalid(f"/{n}", f"This is about the same as entry {seen[exposure.of] + 1}; give one figure for it.")
        seen[exposure.of] = n
    return [
        ExposureRecorded(month=e.month, kind=e.kind, units=e.units, product_code=e.product_code, customer_ref=e.customer_ref)
        for e in command.exposures
    ]


def evolve(sheet: Sheet, event: Event) -> Sheet:
    return sheet


SHEET: Decider[Sheet, RecordExposures] = Decider("exposures", Sheet, decide, evolve)
