"""Which commands give people something? Tokens, and reports."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, get_args

import typer

from services.commands.form import Data, Json, one_of, run
from shared.cannot_start import UsedWrongly
from shared.contracts.vocabulary import Role
from shared.settings import Settings

tokens = typer.Typer(no_args_is_help=True, help="Tokens for people and channels.")
reports = typer.Typer(no_args_is_help=True, help="Reports from the command line.")

Xlsx = Annotated[Path | None, typer.Option("--xlsx", help="write a workbook to this file")]
Lang = Annotated[str, typer.Option("--lang", parser=one_of(("en", "zh-CN"), "language"), metavar="LANG", help="of the workbook: en, zh-CN")]

_YEAR = re.compile(r"(19|20|21)[0-9]{2}")
_MONTH = re.compile(rf"{_YEAR.pattern}-(0[1-9]|1[0-2])")


@tokens.command("create")
def token_create(
    name: str,
    role: Annotated[list[str], typer.Option("--role", parser=one_of(get_args(Role), "role"), help="may be given several times")],
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
    run(lambda settings: operating.token_issued(settings, wanted, days, as_json=as_json), data=data)


@reports.command("monthly")
def report_monthly(
    month: Annotated[str, typer.Argument(help="like 2026-10")],
    xlsx: Xlsx = None,
    lang: Lang = "en",
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Prints a month's report as JSON, or writes it as a workbook."""
    _report("monthly", month, _MONTH, "a month like 2026-10", xlsx, lang, data, as_json=as_json)


@reports.command("annual")
def report_annual(
    year: Annotated[str, typer.Argument(help="like 2026")], xlsx: Xlsx = None, lang: Lang = "en", data: Data = None, as_json: Json = False
) -> None:
    """Prints a year's report as JSON, or writes it as a workbook."""
    _report("annual", year, _YEAR, "a year like 2026", xlsx, lang, data, as_json=as_json)


def _report(
    kind: str, period: str, form: re.Pattern[str], like: str, xlsx: Path | None, lang: str, data: Path | None, *, as_json: bool
) -> None:
    from services import operating

    async def work(settings: Settings) -> bool:
        if not form.fullmatch(period):
            raise UsedWrongly(f"{period!r} is not {like}.")
        ending = "" if xlsx is None else f".xlsx?lang={lang}"
        return await operating.reported(settings, f"{kind}/{period}{ending}", xlsx, as_json=as_json)

    run(work, data=data)
