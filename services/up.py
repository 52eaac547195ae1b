"""How does the whole product run in one process? The port first, then database and services, then the demo beside them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from importlib import resources
from pathlib import Path

from services.intake.issuing import keep_admin_token
from services.manual_time import choose
from services.product import Product
from services.serving import answering, listen, url_of
from services.showing import Showing
from shared import memory
from shared.cannot_start import CannotStart
from shared.settings import Settings

DEMO = "demo"  # a folder marked so holds the demo data and may be started with --demo again


class NotEmpty(CannotStart):
    """The demo data would mix with somebody's own."""


async def up(settings: Settings, *, demo: bool, as_json: bool) -> None:
    """Runs until SIGTERM or SIGINT, then stops in order."""
    listening = listen(settings)
    clock = choose(settings.data, manual=settings.manual_clock)
    product = await Product.open(settings, clock)
    try:
        await product.start()
        token = await keep_admin_token(product.services["intake"])
        await product.admits()
        if demo:
            await _mark_demo(product)
        memory.settle()
        async with answering(product.app, listening, settings, product.end_streams) as served:
            _greet(settings, url_of(settings, listening), token, as_json=as_json)
            filling = asyncio.create_task(_fill(product, as_json=as_json)) if demo else None
            await served
            if filling is not None:
                filling.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await filling
    finally:
        await product.stop()
        listening.close()


def _greet(settings: Settings, url: str, token: Path, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"ready": url, "pid": os.getpid(), "admin_token": str(token), "manual_clock": settings.manual_clock}), flush=True)
        return
    print(f"Redress is ready at {url}/", flush=True)
    print(f"  administrator's token: {token}", flush=True)
    print(f'  try: curl -H "Authorization: Bearer $(cat {token})" {url}/api/v1/access/me', flush=True)
    print(f"  calls: {url}/reference   stop: Ctrl-C", flush=True)
    if settings.manual_clock:
        print("  the clock is manual: it stands until PUT /api/v1/clock moves it", flush=True)


async def _mark_demo(product: Product) -> None:
    mark = product.settings.data / DEMO
    if mark.exists():
        return
    pool = product.services["intake"].pool
    if await pool.fetchval("select exists (select from events where type in ('intake.complaint-received.v1', 'intake.import-started.v1'))"):
        raise NotEmpty(f"{product.settings.data} holds complaints already; --demo fills an empty folder only. Choose another with --data.")
    mark.touch()


async def _fill(product: Product, *, as_json: bool) -> None:
    """Imports the demo data in a process of its own, so that what serves is not kept waiting."""
    folder = resources.files("services.intake.demo")
    with Showing("demo data", as_json=as_json) as showing:
        environment = {**os.environ, "REDRESS_DATA": str(product.settings.data.resolve())}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", "import", str(folder.joinpath("tsa-claims-2010-2015.csv.gz")),
            "--mapping", str(folder.joinpath("tsa.toml")), "--json",
            stdout=asyncio.subprocess.PIPE, env=environment, limit=16 * 1024 * 1024,
        )  # fmt: skip
        try:
            await _follow(process, showing, product)
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


async def _follow(process: asyncio.subprocess.Process, showing: Showing, product: Product) -> None:
    if process.stdout is None:
        return
    last: dict[str, object] = {}
    async for line in process.stdout:
        last = json.loads(line)
        if "done" in last:
            showing(int(str(last["done"])), int(str(last["total"])) if last["total"] is not None else None)
    if await process.wait() == 0 and "complaints" in last:
        await product.settled(within=3600)
        showing.tell(f"Demo data: {last['rows']} rows read, {last['complaints']} complaints new, {last['already_there']} there before.")
        showing.result({"demo": "filled", **{name: last[name] for name in ("rows", "complaints", "already_there")}})
