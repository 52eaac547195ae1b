"""What does a program that starts the product read? One JSON object a line, the first one once it answers."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.contracts.vocabulary import SERVICES
from tests.running import START_WITHIN, environment
from tests.upstream import nobody


async def started(data: Path, *arguments: str, **more: str) -> tuple[asyncio.subprocess.Process, dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", *arguments, "--port", "0", "--json",
        stdout=asyncio.subprocess.PIPE, env=environment(data, **more),
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(START_WITHIN):
        return process, json.loads(await process.stdout.readline())


@pytest.mark.parametrize("command", ["up", "gateway"])
async def test_what_was_started_says_where_it_answers(tmp_path: Path, command: str):
    instances = {f"REDRESS_GATEWAY_{service.upper()}": nobody() for service in SERVICES} if command == "gateway" else {}
    process, told = await started(tmp_path / "data", command, **instances)
    try:
        assert told["pid"] == process.pid
        async with httpx.AsyncClient(timeout=30) as anybody:
            assert (await anybody.get(f"{told['ready']}/healthz")).status_code == 200
        if command == "up":
            assert told["admin_token"] == str(tmp_path / "data" / "admin.token")
        else:
            assert set(told["gateway"]) == set(SERVICES)
    finally:
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
