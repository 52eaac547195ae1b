"""Runs the benchmarks, all or one by name, and writes what they found to benchmarks/results/."""

from __future__ import annotations

import json
import logging
import os
import platform
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from benchmarks import (
    append,
    deadlines,
    effect,
    handling,
    imports,
    instances,
    latency,
    memory,
    post,
    queries,
    queues,
    reaction,
    rebuild,
    relay,
    reports,
    signals,
    start,
)
from benchmarks.figures import Figure
from shared.observability.logs import configure_logging

RESULTS = Path(__file__).parent / "results"

BENCHMARKS: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
    "append": append.run,
    "post": post.run,
    "reaction": reaction.run,
    "latency": latency.run,
    "rebuild": rebuild.run,
    "import": imports.run,
    "start": start.run,
    "memory": memory.run,
    "relay": relay.run,
    "kafka_reaction": reaction.run_on_kafka,
    "kafka_rebuild": rebuild.run_on_kafka,
    "effect": effect.run,
    "instances": instances.run,
    "handling": handling.run,
    "queues": queues.run,
    "queries": queries.run,
    "reports": reports.run,
    "signals": signals.run,
    "deadlines": deadlines.run,
}


def main(chosen: list[str]) -> int:
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    configure_logging(level=logging.ERROR)
    for name in chosen or BENCHMARKS:
        load = os.getloadavg()[0]
        figures = uvloop.run(BENCHMARKS[name]())
        for figure in figures:
            print(figure.line(), flush=True)
        _keep(name, figures, load)
    return 0


def _keep(name: str, figures: list[Figure], load: float) -> None:
    RESULTS.mkdir(exist_ok=True)
    found = {
        "benchmark": name,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "load_before": round(load, 1),
        "python": platform.python_version(),
        "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
