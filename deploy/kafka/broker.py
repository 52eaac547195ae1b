"""How does a real Kafka broker run without Docker? One node on the loopback address, its jars brought by Maven.

For tests, measurements and trying things out; `python -m deploy.kafka.broker` (`make kafka`) runs one in the foreground.
"""

from __future__ import annotations

import base64
import fcntl
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
KEPT = HERE.parents[1] / ".kafka"  # the jars and Maven's repository; git ignores it
HOST = "127.0.0.1"
START_WITHIN = 120.0
STOP_WITHIN = 30.0

# On a few cores the threads of G1 and of the second compiler take more than they give: started with half the work, no slower later.
_FEW_CORES = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_JAVA = ("java", "-Xms128m", "-Xmx512m", *_FEW_CORES, "-Dorg.apache.logging.log4j.level=WARN")
_API_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)  # the smallest request there is: kind 18, version 0, no client's name


class BrokerFailed(Exception):
    """The broker cannot be had or does not run; the sentence says why."""


class Broker:
    """One broker on one folder. Starts, dies and starts again on the same port with what it had."""

    def __init__(self, folder: Path, port: int = 0, properties: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._port = port or free_port()
        self._controller = free_port()
        self._properties = dict(properties or {})
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"{HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def said(self) -> Path:
        """The file with everything the broker printed."""
        return self._folder / "broker.log"

    def start(self) -> None:
        """Returns when it answers. A new folder is formatted first."""
        java = (*_JAVA, "-cp", f"{jars()}/*")
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "server.properties"
        config.write_text("".join(f"{name}={value}\n" for name, value in self._settings().items()))
        with self.said.open("ab") as said:
            if not (self._folder / "data" / "meta.properties").exists():
                cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
                format_it = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "--config", str(config))
                if subprocess.run((*java, *format_it), stdout=said, stderr=said, check=False).returncode:
                    raise BrokerFailed(f"The folder {self._folder} could not be made ready for Kafka; {self.said} says why.")
            self._process = subprocess.Popen((*java, "kafka.Kafka", str(config)), stdout=said, stderr=said, stdin=subprocess.DEVNULL)
        if not came_up(self._port, lambda: self.pid is not None):
            self.kill()
            raise BrokerFailed(f"Kafka did not start; {self.said} says why.")

    def kill(self) -> None:
        """As a power cut would: no chance to put anything in order."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()

    def wait(self) -> int:
        """Until it ends by itself; its exit status."""
        return self._process.wait() if self._process is not None else 0

    def _settings(self) -> dict[str, str]:
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{HOST}:{self._controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER",
            "controller.quorum.voters": f"1@{HOST}:{self._controller}",
            "log.dirs": str(self._folder.resolve() / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "8",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",  # a test's members should not wait for others that never come
            "group.min.session.timeout.ms": "500",
            "broker.session.timeout.ms": "2000",  # one that was killed is not let in again before
            "broker.heartbeat.interval.ms": "500",
            **self._properties,
        }


_drawn: set[int] = set()  # whoever asked for one may not have taken it yet


def free_port() -> int:
    """Below those the system gives to clients: while a broker is down, one of its clients could else be given its port."""
    while True:
        port = random.randrange(20_000, 32_000)
        if port in _drawn:
            continue
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            _drawn.add(port)
            return port


def came_up(port: int, runs: Callable[[], bool], within: float = START_WITHIN) -> bool:
    """Waits until a broker handles requests there; False when it ends before, or takes longer."""
    give_up = time.monotonic() + within
    while not answers(port):
        if not runs() or time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


def answers(port: int) -> bool:
    """Whether a broker handles requests there; that its port is open says nothing."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as asking:
            asking.sendall(_API_VERSIONS)
            return len(asking.recv(4)) == 4
    except OSError:
        return False


def obtainable() -> str | None:
    """What this machine lacks to run a broker; None when it can."""
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    return f"{' and '.join(missing)} not found" if missing else None


def jars() -> Path:
    """The folder of the broker's jars, brought first if they are not there or are not those of pom.xml."""
    folder, wanted = KEPT / "jars", (HERE / "pom.xml").read_bytes()
    KEPT.mkdir(exist_ok=True)
    with _alone():
        said = folder / "pom.xml"  # beside the jars it brought, put there last
        if not said.exists() or said.read_bytes() != wanted:
            if lack := obtainable():
                raise BrokerFailed(f"Kafka needs Java 17 and Maven: {lack}.")
            shutil.rmtree(folder, ignore_errors=True)
            _bring(folder)
            said.write_bytes(wanted)
    return folder


@contextmanager
def _alone() -> Iterator[None]:
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bring(folder: Path) -> None:
    command = ("mvn", "-q", "-B", "-f", str(HERE / "pom.xml"), f"-Dmaven.repo.local={KEPT / 'repository'}")
    copy = ("dependency:copy-dependencies", f"-DoutputDirectory={folder}")
    brought = subprocess.run((*command, *copy), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if brought.returncode:
        raise BrokerFailed(f"Maven could not bring Kafka's jars:\n{brought.stdout}")


def main() -> None:
    """`make kafka`: on REDRESS_KAFKA_PORT, else 9092; what it keeps lies in .redress/kafka. Ctrl-C ends it."""
    broker = Broker(Path(".redress/kafka"), int(os.environ.get("REDRESS_KAFKA_PORT") or "9092"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        broker.start()
        print(f"Kafka answers on {broker.bootstrap}; Ctrl-C stops it. With REDRESS_LOG=kafka the product uses it.", flush=True)
        sys.exit(f"Kafka ended; {broker.said} says why." if broker.wait() else 0)
    except BrokerFailed as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass
    finally:
        broker.stop()


if __name__ == "__main__":
    main()
