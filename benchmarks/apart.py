"""How is a server measured without the generator in its process? Started apart; it prints where it answers, and ends when its input does."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

HOST = "127.0.0.1"


@asynccontextmanager
async def apart(kind: str) -> AsyncIterator[tuple[int, str]]:
    """Port and token of a server of benchmarks/servers.py."""
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.servers", kind, str(Path(folder) / "data"),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=dict(os.environ),
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            port, token = json.loads(await process.stdout.readline())
            yield port, token
        finally:
            process.stdin.close()
            await process.wait()
