"""Which commands are there? The composition root: nothing below knows how it was started."""

from __future__ import annotations

import typer

from services.commands import handing_out, running, tending

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help="Redress: complaint handling after ISO 10002."
)
app.add_typer(running.app)
app.add_typer(tending.app)
app.add_typer(handing_out.tokens, name="token")
app.add_typer(handing_out.reports, name="report")
app.add_typer(tending.logs, name="log")


def main() -> None:
    """The console script `redress`."""
    app()


if __name__ == "__main__":
    main()
