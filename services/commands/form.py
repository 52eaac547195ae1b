"""What have all commands in common? Their settings, how they are asked, and how they end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
import uvloop

from shared.cannot_start import CannotStart
from shared.contracts.vocabulary import SERVICES
from shared.observability.logs import configure_logging
from shared.settings import Settings, load


def one_of(known: Iterable[str], what: str) -> Callable[[str], str]:
    """A parser that names what there is."""

    def parse(text: str) -> str:
        if text not in known:
            raise typer.BadParameter(f"{text!r} is no {what}; there are {', '.join(known)}.")
        return text

    return parse


Data = Annotated[Path | None, typer.Option("--data", help="the data folder (REDRESS_DATA)")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line, for machines")]
Port = Annotated[int | None, typer.Option(help="the port (REDRESS_PORT); 0 for any free one")]
OneService = Annotated[str, typer.Argument(parser=one_of(SERVICES, "service"), metavar="SERVICE", help=", ".join(SERVICES))]


def run(work: Callable[[Settings], Coroutine[Any, Any, bool | None]], **given: Any) -> None:
    """Exit status 0, 1 (did not hold, cannot start), 2 (used wrongly). What is given goes before environment and `.env`."""
    try:
        settings = load(**{name: value for name, value in given.items() if value is not None})
        configure_logging()
        held = uvloop.run(_guarded(work, settings))
    except CannotStart as trouble:
        print(trouble.sentence, file=sys.stderr)
        raise typer.Exit(trouble.status) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    raise typer.Exit(0 if held is None or held else 1)


async def _guarded(work: Callable[[Settings], Coroutine[Any, Any, bool | None]], settings: Settings) -> bool | None:
    return await asyncio.ensure_future(work(settings))
