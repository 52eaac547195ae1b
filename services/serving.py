"""How does the whole product run in one process? The port first, then database and services, then the demo beside them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from importlib import resources
from pathlib import Path

import uvicorn

from services.intake.issuing import keep_admin_token
from services.manual_time import choose
from services.product import Product
from services.showing import Showing
from shared import memory
from shared.cannot_start import CannotStart
from shared.postgres.claim import Claim, is_claimed
from shared.settings import Settings

DEMO = "demo"  # a folder marked so holds the demo data and may be started with --demo again


class PortInUse(CannotStart):
    """Somebody else listens there."""


class NotEmpty(CannotStart):
    """The demo data would mix with somebody's own."""


async def serve(settings: Settings, *, demo: bool) -> None:
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
        server = _Server(uvicorn.Config(
            product.app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=3, loop="uvloop", http="httptools",
            server_header=False,
        ))  # fmt: skip
        memory.settle()
        async with _until_signalled(server, product):
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            _greet(settings, listening, token)
            filling = asyncio.create_task(_fill(product)) if demo else None
            await serving
            if filling is not None:
                filling.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await filling
    finally:
        await product.stop()
        listening.close()


def listen(settings: Settings) -> socket.socket:
    """The port, taken before anything else, so that a port in use costs nothing."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.bind, settings.port))
    except OSError as error:
        listening.close()
        if is_claimed(settings.data):
            Claim.take(settings.data).release()  # the same command twice: what it says names the pid
        raise PortInUse(f"Port {settings.port} on {settings.bind} cannot be used ({error.strerror}); choose another with --port.") from None
    listening.listen(1024)
    listening.setblocking(False)
    return listening


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the product stops its parts in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def _until_signalled(server: uvicorn.Server, product: Product) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.should_exit = True
        for service in product.services.values():
            service.stopping.set()  # ends the live streams, which would hold the server open

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, end)
    try:
        yield
    finally:
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(sign)


def _greet(settings: Settings, listening: socket.socket, token: Path) -> None:
    port = listening.getsockname()[1]
    url = f"http://{settings.bind}:{port}"
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


async def _fill(product: Product) -> None:
    """Imports the demo data in a process of its own, so that what serves is not kept waiting."""
    folder = resources.files("services.intake.demo")
    with Showing("demo data", as_json=False) as showing:
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
