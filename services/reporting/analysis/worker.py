"""Who does the sums? A process of its own: they hold the interpreter and could hang, and their libraries take seconds to load.

One question a line on standard input, one answer a line on standard output, as JSON, until the input ends. While nobody asks, the
families of methods it was told of are loaded.
"""

from __future__ import annotations

import gc
import json
import os
import select
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, BinaryIO

import orjson

from services.reporting.analysis.methods import calculate, ready
from shared.decider import Invalid

QUIET = 0.2  # seconds


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """`{"answer": …}`, `{"invalid": [at, message]}`, or `{"failed": …}` with where. Without fields the method is made ready."""
    try:
        if asked["fields"] is None:
            ready(asked["method"])
            return {"answer": {}}
        return {"answer": calculate(asked["method"], asked["fields"])}
    except Invalid as error:
        return {"invalid": [error.at, error.message]}
    except Exception:
        return {"failed": traceback.format_exc(limit=-4)}


def serve(questions: BinaryIO, answers: BinaryIO, families: Sequence[str]) -> None:
    """Answers until the questions end."""
    ahead = iter(families)
    while True:
        _load_ahead(questions, ahead)
        line = questions.readline()
        if not line:
            return
        answers.write(json.dumps(answer(orjson.loads(line)), allow_nan=False).encode() + b"\n")
        answers.flush()


def _load_ahead(questions: BinaryIO, ahead: Iterator[str]) -> None:
    while not select.select([questions], [], [], QUIET)[0]:
        family = next(ahead, None)
        if family is None:
            return
        import_module(f"services.reporting.analysis.{family}")
        gc.freeze()  # statsmodels collects all garbage for each Holm correction; what was loaded is none, and takes 70 ms to look through


if __name__ == "__main__":
    told = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    serve(sys.stdin.buffer, told, sys.argv[1:])
