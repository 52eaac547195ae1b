"""Which commands are there? The composition root: nothing below knows how it was started.

Each command loads what it needs when it is called: all of it together takes a second to start and twice the memory.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer
import uvloop

from shared.cannot_start import CannotStart, UsedWrongly
from shared.contracts.vocabulary import SERVICES, Role
from shared.observability.logs import configure_logging
from shared.settings import Settings, load

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Redress: complaint handling after ISO 10002."
)
tokens = typer.Typer(no_args_is_help=True, help="Tokens for people and channels.")
reports = typer.Typer(no_args_is_help=True, help="Reports from the command line.")
logs = typer.Typer(no_args_is_help=True, help="The log, which keeps every service's events.")
app.add_typer(tokens, name="token")
app.add_typer(reports, name="report")
app.add_typer(logs, name="log")

Data = Annotated[Path | None, typer.Option("--data", help="the data folder (REDRESS_DATA)")]
Json = Annotated[bool, typer.Option("--json", help="one JSON object a line, for machines")]

_PARTS = ("api", "relay", "consumers")
_YEAR = re.compile(r"(19|20|21)[0-9]{2}")
_MONTH = re.compile(rf"{_YEAR.pattern}-(0[1-9]|1[0-2])")


@app.command()
def up(
    data: Data = None,
    port: Annotated[int | None, typer.Option(help="the port (REDRESS_PORT); 0 for any free one")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="fill an empty folder with the demo data")] = False,
    manual_clock: Annotated[bool, typer.Option("--manual-clock", help="time is moved by hand; for training and tests")] = False,
    as_json: Json = False,
) -> None:
    """Everything in one process: database, log, the five services, one port."""
    from services.up import up as run_all

    _run(lambda settings: run_all(settings, demo=demo, as_json=as_json), data=data, port=port, manual_clock=manual_clock or None)


def _one_of(known: Iterable[str], what: str) -> Callable[[str], str]:
    """A parser that names what there is."""

    def parse(text: str) -> str:
        if text not in known:
            raise typer.BadParameter(f"{text!r} is no {what}; there are {', '.join(known)}.")
        return text

    return parse


@app.command()
def serve(
    service: Annotated[str, typer.Argument(parser=_one_of(SERVICES, "service"), metavar="SERVICE", help=", ".join(SERVICES))],
    only: Annotated[
        str | None, typer.Option(parser=_one_of(_PARTS, "part"), metavar="PART", help="one part alone: " + ", ".join(_PARTS))
    ] = None,
    port: Annotated[int | None, typer.Option(help="the port (REDRESS_PORT); 0 for any free one")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """One service as a process; any number of them share a database (REDRESS_DATABASE_URL) and a log."""
    from services.serve import serve as serve_one

    _run(lambda settings: serve_one(settings, service, cast("Any", only), as_json=as_json), data=data, port=port)


@app.command()
def gateway(
    port: Annotated[int | None, typer.Option(help="the port (REDRESS_PORT); 0 for any free one")] = None, as_json: Json = False
) -> None:
    """One origin before the processes of all services, which REDRESS_GATEWAY_INTAKE and its like name."""
    from services.gateway.run import gateway as run_gateway

    _run(lambda settings: run_gateway(settings, as_json=as_json), port=port)


@app.command()
def migrate(data: Data = None, as_json: Json = False) -> None:
    """Brings the database to this version."""
    from services import operating

    _run(lambda settings: operating.migrated(settings, as_json=as_json), data=data)


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV (.gz too) or XLSX", exists=True, dir_okay=False)],
    mapping: Annotated[Path, typer.Option("--mapping", help="how the table becomes complaints (TOML)", exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="read and report, change nothing")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Takes in complaints from a table, with what became of them."""
    from services import operating
    from services.intake.importing.mapping import MappingError
    from services.intake.importing.mapping_file import load_mapping

    async def work(settings: Settings) -> None:
        try:
            load_mapping(mapping)
        except MappingError as wrong:
            raise UsedWrongly(str(wrong)) from None
        await operating.imported(settings, file, mapping, dry_run=dry_run, as_json=as_json)

    _run(work, data=data)


@app.command()
def rebuild(
    view: Annotated[str | None, typer.Argument(help="SERVICE or SERVICE.VIEW; default: all")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="only say whether the rebuilt tables equal the running ones")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Makes views anew from the log, beside the running ones."""
    from services import checking

    _run(lambda settings: checking.rebuilt(settings, view, compare=compare, as_json=as_json), data=data)


@app.command()
def verify(data: Data = None, as_json: Json = False) -> None:
    """Hash chains, density, versions, checkpoints, log and views; names what does not fit."""
    from services import checking

    _run(lambda settings: checking.verified(settings, as_json=as_json), data=data)


@app.command()
def doctor(data: Data = None, as_json: Json = False) -> None:
    """Says in words what would keep the product from running."""
    from services import checking

    _run(lambda settings: checking.examined(settings, as_json=as_json), data=data)


@tokens.command("create")
def token_create(
    name: str,
    role: Annotated[list[str], typer.Option("--role", parser=_one_of(get_args(Role), "role"), help="may be given several times")],
    department: Annotated[list[str] | None, typer.Option("--department")] = None,
    head_of: Annotated[list[str] | None, typer.Option("--head-of")] = None,
    person: Annotated[str | None, typer.Option(help="whose token it is; default: the name")] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="valid so many days")] = 365,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Issues a token and prints it."""
    from services import operating

    wanted = {"name": name, "person": person or name, "roles": role, "departments": department or [], "head_of": head_of or []}
    _run(lambda settings: operating.token_issued(settings, wanted, days, as_json=as_json), data=data)


@logs.command("reseed")
def log_reseed(
    service: Annotated[str, typer.Argument(parser=_one_of(SERVICES, "service"), metavar="SERVICE", help=", ".join(SERVICES))],
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Rebuilds a lost or empty topic from the service's store; refused when it holds anything else."""
    from services import reseeding

    _run(lambda settings: reseeding.reseeded(settings, service, as_json=as_json), data=data)


@reports.command("monthly")
def report_monthly(month: Annotated[str, typer.Argument(help="like 2026-10")], data: Data = None, as_json: Json = False) -> None:
    """Prints a month's report as JSON."""
    _report("monthly", month, _MONTH, "a month like 2026-10", data, as_json=as_json)


@reports.command("annual")
def report_annual(year: Annotated[str, typer.Argument(help="like 2026")], data: Data = None, as_json: Json = False) -> None:
    """Prints a year's report as JSON."""
    _report("annual", year, _YEAR, "a year like 2026", data, as_json=as_json)


def _report(kind: str, period: str, form: re.Pattern[str], like: str, data: Path | None, *, as_json: bool) -> None:
    from services import operating

    async def work(settings: Settings) -> bool:
        if not form.fullmatch(period):
            raise UsedWrongly(f"{period!r} is not {like}.")
        return await operating.reported(settings, f"{kind}/{period}", as_json=as_json)

    _run(work, data=data)


def _run(work: Any, **given: Any) -> None:
    """Exit status 0, 1 (did not hold, cannot start), 2 (used wrongly)."""
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


async def _guarded(work: Any, settings: Settings) -> bool | None:
    running: Coroutine[Any, Any, bool | None] = work(settings)
    return await asyncio.ensure_future(running)


def main() -> None:
    """The console script `redress`."""
    app()


if __name__ == "__main__":
    main()
