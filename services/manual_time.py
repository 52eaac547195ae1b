"""Which clock does this data folder run by? A folder started with a manual clock keeps it for ever, and no other ever gets one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from shared.cannot_start import CannotStart
from shared.clock import Clock, MachineClock, ManualClock

_FILE = "manual-clock"


class WrongClock(CannotStart):
    """The folder's times were made by the other clock; mixing them would make every deadline a lie."""


def choose(data: Path, *, manual: bool) -> Clock:
    """The clock of this folder; a manual one stands where it was left."""
    file = data / _FILE
    if file.exists():
        if not manual:
            raise WrongClock(f"{data} runs by a manual clock; start it with --manual-clock, or choose another folder with --data.")
        return ManualClock(datetime.fromisoformat(file.read_text().strip()))
    if not manual:
        return MachineClock()
    if (data / "postgres").exists() or (data / "admin.token").exists():
        raise WrongClock(f"{data} runs by the real clock and cannot change to a manual one; choose another folder with --data.")
    clock = ManualClock(datetime.now(UTC))
    keep(data, clock)
    return clock


def keep(data: Path, clock: ManualClock) -> None:
    """Writes down where the clock stands, before anything is decided by it."""
    data.mkdir(parents=True, exist_ok=True)
    file = data / _FILE
    new = file.with_suffix(".new")
    new.write_text(clock.now().isoformat() + "\n")
    new.replace(file)
