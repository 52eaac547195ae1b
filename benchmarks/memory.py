"""How much memory does the product need, idle after the demo's import, and its PostgreSQL beside it?"""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

from benchmarks.figures import Figure
from tests.running import Running, below, start

MIB = 1024 * 1024


async def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        running = await start(Path(folder) / "data", "--demo")
        await _demo_is_in(running)
        own = resident(running.pid)
        postgres = sum(_proportional(pid) for pid in below(running.pid))
        await running.stop()
    return [
        Figure("memory.product", own, "MiB", 250, "less", "resident, one process with five services"),
        Figure("memory.postgres", postgres, "MiB", note="proportional share of all its processes; 128 MiB of it are shared buffers"),
    ]


async def _demo_is_in(running: Running) -> None:
    """The product says so; then nothing is behind any more."""
    async with asyncio.timeout(600):
        while not any("Demo data" in line for line in running.said):
            await asyncio.sleep(0.5)
        async with running.client() as admin:
            while any(item["lag_events"] for item in (await admin.get("/api/v1/consumers")).json()["items"]):
                await asyncio.sleep(0.5)
    await asyncio.sleep(5)


def resident(pid: int | None = None) -> float:
    """MiB a process holds; without its number, this one."""
    pid = pid or os.getpid()
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(fields["VmRSS"].split()[0]) * 1024 / MIB


def _proportional(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / MIB
