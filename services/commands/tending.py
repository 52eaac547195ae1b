"""Which commands look after what is stored? They take in, make anew, and say whether everything fits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from services.commands.form import Data, Json, OneService, run
from shared.cannot_start import UsedWrongly
from shared.settings import Settings

app = typer.Typer()
logs = typer.Typer(no_args_is_help=True, help="The log, which keeps every service's events.")


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

    run(work, data=data)


@app.command()
def rebuild(
    view: Annotated[str | None, typer.Argument(help="SERVICE or SERVICE.VIEW; default: all")] = None,
    compare: Annotated[bool, typer.Option("--compare", help="only say whether the rebuilt tables equal the running ones")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Makes views anew from the log, beside the running ones."""
    from services import checking

    run(lambda settings: checking.rebuilt(settings, view, compare=compare, as_json=as_json), data=data)


@app.command()
def verify(data: Data = None, as_json: Json = False) -> None:
    """Hash chains, density, versions, checkpoints, log and views; names what does not fit."""
    from services import checking

    run(lambda settings: checking.verified(settings, as_json=as_json), data=data)


@app.command()
def doctor(data: Data = None, as_json: Json = False) -> None:
    """Says in words what would keep the product from running."""
    from services import checking

    run(lambda settings: checking.examined(settings, as_json=as_json), data=data)


@logs.command("reseed")
def log_reseed(service: OneService, data: Data = None, as_json: Json = False) -> None:
    """Rebuilds a lost or empty topic from the service's store; refused when it holds anything else."""
    from services import reseeding

    run(lambda settings: reseeding.reseeded(settings, service, as_json=as_json), data=data)
