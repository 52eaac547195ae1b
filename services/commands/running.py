"""Which commands run the product? All of it in one process, or many processes over one database and one log."""

from __future__ import annotations

from typing import Annotated, Any, cast

import typer

from services.commands.form import Data, Json, OneService, Port, one_of, run

app = typer.Typer()

_PARTS = ("api", "relay", "consumers")


@app.command()
def up(
    data: Data = None,
    port: Port = None,
    demo: Annotated[bool, typer.Option("--demo", help="fill an empty folder with the demo data")] = False,
    manual_clock: Annotated[bool, typer.Option("--manual-clock", help="time is moved by hand; for training and tests")] = False,
    as_json: Json = False,
) -> None:
    """Everything in one process: database, log, the five services, one port."""
    from services.up import up as run_all

    run(lambda settings: run_all(settings, demo=demo, as_json=as_json), data=data, port=port, manual_clock=manual_clock or None)


@app.command()
def serve(
    service: OneService,
    only: Annotated[
        str | None, typer.Option(parser=one_of(_PARTS, "part"), metavar="PART", help="one part alone: " + ", ".join(_PARTS))
    ] = None,
    port: Port = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """One service as a process; any number of them share a database (REDRESS_DATABASE_URL) and a log."""
    from services.serve import serve as serve_one

    run(lambda settings: serve_one(settings, service, cast("Any", only), as_json=as_json), data=data, port=port)


@app.command()
def gateway(port: Port = None, as_json: Json = False) -> None:
    """One origin before the processes of all services, which REDRESS_GATEWAY_INTAKE and its like name."""
    from services.gateway.run import gateway as run_gateway

    run(lambda settings: run_gateway(settings, as_json=as_json), port=port)


@app.command()
def migrate(data: Data = None, as_json: Json = False) -> None:
    """Brings the database to this version."""
    from services import operating

    run(lambda settings: operating.migrated(settings, as_json=as_json), data=data)
