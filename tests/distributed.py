"""How does a test run the distributed product? A PostgreSQL server, a Kafka broker, any number of `redress serve` and a gateway,
each a process that may be killed and started again where it was.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, Self

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from deploy.kafka.broker import Broker, free_port
from shared.contracts.vocabulary import SERVICES
from shared.settings import Settings
from tests.postgres_server import PostgresServer
from tests.running import Running, environment, follow

Only = Literal["api", "relay", "consumers"]
READY_WITHIN = 120.0
LOOK_EVERY = 0.1


@dataclass
class Process(Running):
    """One process of the product."""

    name: str = ""
    service: str = ""
    only: Only | None = None
    town: Distributed | None = None

    @property
    def settings(self) -> Settings:
        assert self.town is not None
        return self.town.settings

    async def metrics(self) -> str:
        assert self.town is not None
        async with httpx.AsyncClient(timeout=30) as anybody:
            return "".join([(await anybody.get(f"{process.url}/metrics")).text for process in self.town.running()])


class Distributed:
    """The whole; made by `async with Distributed(folder)`. `log="postgres"` needs no broker; `bootstrap` names one that is there."""

    def __init__(
        self, folder: Path, *, log: Literal["kafka", "postgres"] = "kafka", bootstrap: str | None = None, settings: Mapping[str, str] | None = None,
        broker_properties: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.log = log
        self.data = folder / "data"  # of every process; the administrator's token comes to lie there
        self.postgres = PostgresServer(folder / "postgres")
        self.broker = Broker(folder / "kafka", properties=broker_properties) if log == "kafka" and bootstrap is None else None
        self.processes: dict[str, Process] = {}
        self._bootstrap = bootstrap
        self._settings = dict(settings or {})
        self._ports: dict[str, int] = {}
        self._keys = folder / "keys"

    async def __aenter__(self) -> Self:
        _make_keys(self._keys)
        self.data.mkdir(parents=True, exist_ok=True)
        try:
            if self.broker is not None:
                await asyncio.to_thread(self.broker.start)
            await self.postgres.start()
            status, out, err = await self.redress("migrate")
            assert status == 0, err + out
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await asyncio.gather(*(self.stop(name) for name in list(self.processes)))
        self.postgres.stop()
        if self.broker is not None:
            await asyncio.to_thread(self.broker.stop)

    async def start(self, service: str, only: Only | None = None, instance: int = 1, **more: str) -> Process:
        """`redress serve`, on the same port whenever the same one is started; returns when it says that it listens.
        `more` are settings of this one process.
        """
        name = f"{service}{f'.{only}' if only else ''}-{instance}"
        arguments = ("serve", service, *(("--only", only) if only else ()))
        return await self._start(name, arguments, service, only, self.environment(service, **more))

    async def start_gateway(self, name: str = "gateway") -> Process:
        """Sends calls to all processes with an API that were started so far, running or not; a service without one is not reached."""
        urls: dict[str, list[str]] = {service: [] for service in SERVICES}
        for process in self.processes.values():
            if process.only in (None, "api") and process.service in SERVICES:
                urls[process.service].append(process.url)
        nobody = "http://127.0.0.1:1"
        upstreams = {f"REDRESS_GATEWAY_{service.upper()}": ",".join(found or [nobody]) for service, found in urls.items()}
        return await self._start(name, ("gateway",), "gateway", None, self._given(**upstreams))

    async def start_all(self, instances: int = 1) -> None:
        """Every service so many times, and the gateway; returns when all say that they are ready."""
        await asyncio.gather(*(self.start(service, instance=n + 1) for n in range(instances) for service in SERVICES))
        await self.start_gateway()
        await self.ready()

    async def ready(self, *names: str) -> None:
        """Returns when these processes, or all that run, say that they are ready."""
        async with httpx.AsyncClient(timeout=30) as http:
            for process in [self.processes[name] for name in names] or self.running():
                await self.patiently(lambda process=process: _is_ready(http, process), f"{process.name} is ready", READY_WITHIN)

    @staticmethod
    async def patiently(holds: Callable[[], Coroutine[Any, Any, bool]], what: str, within: float = 15.0) -> None:
        """Returns when it holds. What other processes do nobody announces here, so it is asked for again and again, in bounded time."""
        try:
            async with asyncio.timeout(within):
                while not await holds():  # noqa: ASYNC110  # it happens in other processes
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError:
            raise AssertionError(f"not within {within:.0f} s: {what}") from None

    def running(self) -> list[Process]:
        return [process for process in self.processes.values() if process.process.returncode is None]

    async def again(self, name: str) -> Process:
        """The same as it was started last."""
        process = self.processes[name]
        if process.service == "gateway":
            return await self.start_gateway(name)
        return await self.start(process.service, process.only, int(name.rpartition("-")[2]))

    async def kill(self, name: str) -> int:
        """SIGKILL; answers the pid it had."""
        process = self.processes[name]
        process.process.kill()
        await process.process.wait()
        return process.pid

    async def stop(self, name: str) -> int:
        """SIGTERM; answers the exit status."""
        process = self.processes[name].process
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        return await process.wait()

    def kill_postgres(self) -> list[int]:
        return self.postgres.kill()

    async def start_postgres(self) -> None:
        await self.postgres.start()

    @property
    def gateway(self) -> Process:
        return self.processes["gateway"]

    @property
    def url(self) -> str:
        """The gateway's."""
        return self.gateway.url

    async def token(self, name: str, roles: Sequence[str], departments: Sequence[str] = (), **more: Any) -> str:
        """A token for a person with these roles, issued through the gateway."""
        return await self.gateway.token(name, roles, departments, **more)

    async def redress(self, *arguments: str, **more: str) -> tuple[int, str, str]:
        """Another command, run to its end beside what runs: exit status, output, errors."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=self.environment("intake", **more),
        )  # fmt: skip
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    @property
    def settings(self) -> Settings:
        """What an operator's commands run with."""
        given = {name.removeprefix("REDRESS_").lower(): value for name, value in self.environment("intake").items() if "REDRESS_" in name}
        return Settings(_env_file=None, **given)  # type: ignore[arg-type]  # texts, as from the environment

    def environment(self, service: str, **more: str) -> dict[str, str]:
        """What a process of this service sees: only intake may sign tokens, and each signs its own checkpoints."""
        signing = {"REDRESS_SIGNING_KEY_FILE": str(self._keys / "signing.key")} if service == "intake" else {}
        given = self._given(
            REDRESS_DATABASE_URL=self.postgres.url,
            REDRESS_LOG=self.log,
            REDRESS_MASTER_KEY_FILE=str(self._keys / "master.key"),
            REDRESS_VERIFY_KEY_FILE=str(self._keys / "verify.pub"),
            REDRESS_CHECKPOINT_KEY_FILE=str(self._keys / "checkpoint" / f"{service}.key"),
            REDRESS_CHECKPOINT_PUBLIC_KEYS=str(self._keys / "checkpoint.pub"),
            **({"REDRESS_KAFKA_BOOTSTRAP": self._broker()} if self.log == "kafka" else {}),
            **signing,
        )
        return {**given, **more}

    def _given(self, **settings: str) -> dict[str, str]:
        return environment(self.data, REDRESS_TRUSTED_PROXIES="127.0.0.1", **{**settings, **self._settings})

    def _broker(self) -> str:
        return self.broker.bootstrap if self.broker is not None else self._bootstrap or ""

    async def launch(self, arguments: Sequence[str], errors: BinaryIO, seen: Mapping[str, str]) -> asyncio.subprocess.Process:
        """One more process of the product."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "services.cli", *arguments, stdout=asyncio.subprocess.PIPE, stderr=errors, env=seen
        )

    async def _start(self, name: str, arguments: Sequence[str], service: str, only: Only | None, seen: dict[str, str]) -> Process:
        port = self._ports.setdefault(name, free_port())
        with (self.folder / f"{name}.log").open("ab") as errors:
            process = await self.launch(arguments, errors, {**seen, "REDRESS_PORT": str(port)})
        try:
            found = await follow(self.data, process)
        except BaseException:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            raise
        self.processes[name] = Process(**vars(found), name=name, service=service, only=only, town=self)
        return self.processes[name]


async def _is_ready(http: httpx.AsyncClient, process: Process) -> bool:
    assert process.process.returncode is None, f"{process.name} has ended"
    try:
        return (await http.get(f"{process.url}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


def _make_keys(folder: Path) -> None:
    """As an operator would with openssl; see docs/operations.md."""
    for name in ("checkpoint", "checkpoint.pub"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "master.key").write_text(os.urandom(32).hex() + "\n")
    _make_pair(folder / "signing.key", folder / "verify.pub")
    for service in SERVICES:
        _make_pair(folder / "checkpoint" / f"{service}.key", folder / "checkpoint.pub" / f"{service}.pub")


def _make_pair(private: Path, public: Path) -> None:
    key = Ed25519PrivateKey.generate()
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
