"""What does it cost? The processor time of this process and all it started, by program, which a busy machine changes less than the clock."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


class Cost:
    """From its making on."""

    def __init__(self) -> None:
        self._begin = _spent()

    def each(self, count: int) -> tuple[float, str]:
        """Microseconds for one of so many: in all, and said by program."""
        micros = {program: 1e6 * (seconds - self._begin.get(program, 0)) / count for program, seconds in _spent().items()}
        parts = {program: cost for program, cost in micros.items() if cost >= 0.1}
        return sum(parts.values()), ", ".join(f"{program} {cost:.1f}" for program, cost in sorted(parts.items()))


def _spent() -> dict[str, float]:
    """Seconds by program, those of ended children with their parent's."""
    stats = {int(entry.name): _stat(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    parents = {pid: stat[1] for pid, stat in stats.items() if stat is not None}
    spent: dict[str, float] = defaultdict(float)
    for pid, stat in stats.items():
        if stat is not None and _is_ours(pid, parents):
            spent[stat[0]] += stat[2]
    return spent


def _is_ours(pid: int, parents: dict[int, int]) -> bool:
    while pid in parents:
        if pid == os.getpid():
            return True
        pid = parents[pid]
    return False


def _stat(process: Path) -> tuple[str, int, float] | None:
    """Program, parent, seconds; None of a process that has just ended."""
    try:
        pid_and_name, _, rest = (process / "stat").read_text().rpartition(")")
    except OSError:
        return None
    fields = rest.split()
    return pid_and_name.partition("(")[2], int(fields[1]), sum(map(int, fields[11:15])) / _TICK
