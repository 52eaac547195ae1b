"""Which complaint do these rows tell of? One group of rows becomes one complaint with its history, or a reason why not."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from services.intake.importing.grouping import Group, RefusedRow, Row
from services.intake.importing.identity import Identities, same_rows
from services.intake.importing.mapping import ImportMapping
from services.intake.importing.picking import NAME_OF, Doubt, Picked, Picker
from services.intake.importing.values import day_in, is_whole_day
from shared.contracts.intake import History, HistoryRound
from shared.contracts.vocabulary import Complainant, Customer, Money, Product

LIST_LENGTH = 500  # as at the door


class ImportedComplaint(NamedTuple):
    """A complaint as its source tells it: the fields of `ComplaintReceived`, and where they came from."""

    id: UUID
    lines: tuple[int, ...]
    channel: str
    content_class: str
    received_at: datetime
    external_ref: str | None
    issue_codes: tuple[str, ...]
    description: str | None
    remedy_sought: str | None
    occurred_on: date | None
    perceived_seriousness: str | None
    complainant: Complainant | None
    customer: Customer | None
    product: Product | None
    history: History
    doubts: tuple[Doubt, ...]

    @property
    def data_flags(self) -> tuple[str, ...]:
        return tuple(sorted({doubt.flag for doubt in self.doubts})) if self.doubts else ()


class Assembler:
    """Makes complaints of groups of rows, in the order they come. The key is for their fingerprints."""

    def __init__(self, mapping: ImportMapping, zone: ZoneInfo, now: datetime, key: bytes) -> None:
        self._source = mapping.source
        self._zone = zone
        self._now = now
        self._key = key
        self._picker = Picker(mapping, zone)
        self._identities = Identities(mapping.source.name, has_ref=mapping.of("complaint.external_ref") is not None)
        read = [column.field.name for column in mapping.read_columns]
        self._received = read.index("complaint.received_at") if "complaint.received_at" in read else None
        self._grouped = mapping.source.group_by is not None or mapping.source.repeated is not None
        self._customer, self._product, self._complainant = (
            tuple(
                (column.field.name, column.field.name.rpartition(".")[2])
                for column in mapping.columns
                if column.field.name.startswith(part)
            )
            for part in ("complaint.customer.", "complaint.product.", "complaint.complainant.")
        )

    def complaints(self, group: Group) -> Iterator[ImportedComplaint | RefusedRow]:
        """Usually one. Rows that share a reference without being grouped are told one by one: the first is the complaint."""
        if len(group.rows) == 1 or self._grouped:
            yield from self._complaint(group.key, group.rows, same_rows(group.rows))
            return
        first, *others = group.rows
        yield from self._complaint(group.key, (first,), [doubt for row in others for doubt in same_rows((first, row))])
        for row in others:
            yield from self._complaint(group.key, (row,), [])

    def _complaint(self, key: str | None, rows: tuple[Row, ...], doubts: list[Doubt]) -> Iterator[ImportedComplaint | RefusedRow]:
        rounds = [self._picker.picked(together, doubts) for together in self._rounds(rows)]
        reason = self._refusal(rounds)
        if reason is not None:
            for row in rows:
                yield RefusedRow(row.line, reason, row.cells)
            return
        history = History(
            source=self._source.name,
            rounds=tuple([self._round(picked, rows[0].line, doubts) for picked in rounds]),
            satisfied_with_handling=_latest(rounds, "callback.satisfied_with_handling"),
            satisfied_with_remedy=_latest(rounds, "callback.satisfied_with_remedy"),
            fingerprint=self._fingerprint(rounds),
        )
        yield self._assembled(key, rows, rounds, history, doubts)

    def _rounds(self, rows: tuple[Row, ...]) -> Iterator[tuple[Row, ...]]:
        """With `reopen` each later date is a round of its own; otherwise all rows are the one round."""
        index = self._received
        if self._source.repeated != "reopen" or len(rows) == 1 or index is None:
            yield rows
            return

        def day(row: Row) -> date:
            received = row.values[index]
            return day_in(received, self._zone) if isinstance(received, datetime) else date.min

        for _, together in groupby(sorted(rows, key=day), key=day):
            yield tuple(together)

    def _refusal(self, rounds: Sequence[Picked]) -> str | None:
        for picked in rounds:
            received = picked.get("complaint.received_at")
            if received is None:
                return "received_at is unknown; without it the complaint belongs to no month"
            if received > self._now:
                return f"received_at {day_in(received, self._zone)} lies in the future"
        for name in ("channel", "content_class"):
            if not any(f"complaint.{name}" in picked for picked in rounds):
                return f"{name} is unknown; give the mapping a default for it"
        for name in ("complaint.issue_codes", "complaint.product.damaged_parts"):
            if max(len(picked.get(name, ())) for picked in rounds) > LIST_LENGTH:
                return f"{name} has more than {LIST_LENGTH} different values"
        return None

    def _round(self, picked: Picked, line: int, doubts: list[Doubt]) -> HistoryRound:
        received: datetime = picked["complaint.received_at"]
        closed_at: datetime | None = picked.get("case.closed_at")
        outcome = picked.get("case.outcome")
        if closed_at is not None:
            if self._is_before(closed_at, received):
                detail = f"closed {day_in(closed_at, self._zone)}, received {day_in(received, self._zone)}"
                doubts.append(Doubt(line, "closed_before_received", detail))
            if closed_at > self._now:
                doubts.append(Doubt(line, "closed_in_future", f"closed {day_in(closed_at, self._zone)}"))
        return HistoryRound(
            received_at=received,
            severity=picked.get("case.severity"),
            closed=closed_at is not None or outcome is not None or picked.get("case.closed", False),
            closed_at=closed_at,
            outcome=outcome,
            amount=picked.get("case.amount"),
        )

    def _is_before(self, one: datetime, other: datetime) -> bool:
        """By the clock where both have a time of day, else by the calendar."""
        if is_whole_day(one, self._zone) or is_whole_day(other, self._zone):
            return day_in(one, self._zone) < day_in(other, self._zone)
        return one < other

    def _assembled(
        self, key: str | None, rows: tuple[Row, ...], rounds: Sequence[Picked], history: History, doubts: list[Doubt]
    ) -> ImportedComplaint:
        found = rounds[0] if len(rounds) == 1 else _merged(rounds)
        received = history.rounds[0].received_at
        occurred = found.get("complaint.occurred_on")
        if occurred is not None and occurred > day_in(received, self._zone):
            doubts.append(Doubt(rows[0].line, "occurred_after_received", f"occurred {occurred}"))
        customer = _part(found, self._customer)
        if customer is not None and "ref" not in customer:
            doubts.append(Doubt(rows[0].line, "customer_without_ref", "the customer has a name and no reference to be counted by"))
        product, complainant = _part(found, self._product), _part(found, self._complainant)
        external_ref = found.get("complaint.external_ref")
        return ImportedComplaint(
            id=self._identities.of(key, rows, external_ref, doubts),
            lines=tuple([row.line for row in rows]),
            channel=found["complaint.channel"],
            content_class=found["complaint.content_class"],
            received_at=received,
            external_ref=external_ref,
            issue_codes=found.get("complaint.issue_codes", ()),
            description=found.get("complaint.description"),
            remedy_sought=found.get("complaint.remedy_sought"),
            occurred_on=occurred,
            perceived_seriousness=found.get("complaint.perceived_seriousness"),
            complainant=Complainant(**complainant) if complainant else None,
            customer=Customer(**customer) if customer else None,
            product=Product(**product) if product else None,
            history=history,
            doubts=tuple(doubts),
        )

    def _fingerprint(self, rounds: Sequence[Picked]) -> str:
        """A keyed hash of what the source says, in one fixed form: tells an unchanged complaint from a changed one."""
        said = orjson.dumps(rounds, option=orjson.OPT_SORT_KEYS, default=_plain)
        return hmac.digest(self._key, said, "sha256")[:16].hex()


def _merged(rounds: Sequence[Picked]) -> Picked:
    """A later round's values replace an earlier one's; what it does not say stays."""
    merged: Picked = {}
    for picked in rounds:
        for name, ref in NAME_OF.items():
            if ref in picked:
                merged.pop(name, None)  # a name belongs to its reference
        merged.update(picked)
    return merged


def _latest(rounds: Sequence[Picked], name: str) -> Any:
    return next((picked[name] for picked in reversed(rounds) if name in picked), None)


def _part(found: Picked, names: Sequence[tuple[str, str]]) -> Picked | None:
    return {short: found[name] for name, short in names if name in found} or None


def _plain(value: object) -> object:
    if isinstance(value, Money):
        return [str(value.amount), value.currency]
    raise TypeError(type(value).__name__)
