"""How long until `redress up` is ready: at the very first start, and later?"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from tests.running import start


async def run() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        taken = []
        for _ in range(3):
            begin = time.perf_counter()
            running = await start(Path(folder) / "data")
            taken.append(time.perf_counter() - begin)
            await running.stop()
    return [
        Figure("start.first", taken[0], "s", 8, "less", "keys, initdb, roles, seven schemas, five services"),
        Figure("start.later", min(taken[1:]), "s", 4, "less"),
    ]
