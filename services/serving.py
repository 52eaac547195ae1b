"""How does a process answer on its port until it is told to stop? The port first, then what stands behind it, then the end in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from shared.cannot_start import CannotStart
from shared.postgres.claim import Claim, is_claimed
from shared.settings import Settings

GRACE = 3  # seconds for answers under way when the process is told to stop


class PortInUse(CannotStart):
    """Somebody else listens there."""


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


def url_of(settings: Settings, listening: socket.socket) -> str:
    """Where the process answers."""
    host = f"[{settings.bind}]" if ":" in settings.bind else settings.bind
    return f"http://{host}:{listening.getsockname()[1]}"


@contextlib.asynccontextmanager
async def answering(
    app: ASGIApp, listening: socket.socket, settings: Settings, end: Callable[[], None]
) -> AsyncIterator[asyncio.Task[None]]:
    """Answers for as long as the block lasts. The task ends after SIGTERM or SIGINT; `end` is called first, to end what holds answers open."""
    server = _Server(uvicorn.Config(
        app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=GRACE, loop="uvloop", http="httptools",
        server_header=False, proxy_headers=bool(settings.proxies), forwarded_allow_ips=settings.proxies,
    ))  # fmt: skip
    loop = asyncio.get_running_loop()

    def told() -> None:
        server.should_exit = True
        end()

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, told)
    try:
        task = asyncio.create_task(server.serve(sockets=[listening]))
        yield task
        told()
        await task
    finally:
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(sign)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: parts are stopped in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
