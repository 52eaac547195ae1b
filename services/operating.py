"""How do other commands work beside the product? Each joins what runs on its folder or database, or starts what it needs and stops it again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import ValidationError

from services.intake.importing.mapping import ImportMapping, MappingError
from services.intake.importing.mapping_file import load_mapping
from services.intake.importing.reading import UnreadableTable
from services.intake.importing.run import AlreadyImporting, run_import
from services.intake.issuing import issue_token, today
from services.manual_time import choose
from services.product import Product
from services.showing import Showing
from shared import memory
from shared.access import Claims, sign
from shared.cannot_start import CannotStart, UsedWrongly
from shared.decider import Invalid, Refused
from shared.ids import new_id
from shared.keys import load_or_make
from shared.operations.readiness import silent_relays
from shared.postgres.connect import Dsn
from shared.postgres.migrate import migrate
from shared.settings import Settings


class NothingRuns(CannotStart):
    """A command would wait for ever for processes that are not there."""


@asynccontextmanager
async def opened(settings: Settings, *, working: bool) -> AsyncIterator[Product]:
    """The product of this folder; `working` runs relay and consumers too, unless another process does."""
    product = await Product.open(settings, choose(settings.data, manual=(settings.data / "manual-clock").exists()), join=True)
    try:
        parts = frozenset(("relay", "consumers")) if working and not product.joined else frozenset()
        await product.start(parts)  # type: ignore[arg-type]  # a literal set narrows to str
        yield product
    finally:
        await product.stop()


async def _relays_run(product: Product) -> None:
    """For commands that wait for what others do. On a database of one's own that is nobody but the services' processes."""
    if product.joined and (silent := await silent_relays(product.log)):
        raise NothingRuns(f"Nothing was heard of {', '.join(silent)} lately; start the services first (redress serve), then ask again.")


async def migrated(settings: Settings, *, as_json: bool) -> None:
    if settings.database_url is not None:
        keys = load_or_make(settings)
        await migrate(Dsn.parse(settings.database_url, keys), keys, settings.partitions)  # the log need not be there yet
    else:
        async with opened(settings, working=False):
            pass
    print(json.dumps({"migrated": True}) if as_json else "The database is at this version.")


async def imported(settings: Settings, file: Path, mapping: Path, *, dry_run: bool, as_json: bool) -> None:
    try:
        rules = load_mapping(mapping)
        await _take_in(settings, file, rules, dry_run=dry_run, as_json=as_json)
    except (MappingError, UnreadableTable, AlreadyImporting) as trouble:
        raise CannotStart(str(trouble)) from None


async def _take_in(settings: Settings, file: Path, rules: ImportMapping, *, dry_run: bool, as_json: bool) -> None:
    async with opened(settings, working=True) as product:
        await _relays_run(product)
        memory.settle()
        with Showing("rows", as_json=as_json) as showing:
            report = await run_import(product.services["intake"], file, rules, dry_run=dry_run, progress=showing)
        if not product.joined and not dry_run:
            await product.settled(within=3600)
    if as_json:
        print(json.dumps(report.as_json(), default=str), flush=True)
    else:
        for sentence in report.sentences():
            print(sentence)


async def token_issued(settings: Settings, wanted: dict[str, Any], days: int, *, as_json: bool) -> None:
    async with opened(settings, working=False) as product:
        intake = product.services["intake"]
        expires = today(intake) + timedelta(days=days)
        try:
            found = await issue_token(intake, **wanted, expires_on=expires)
        except (Invalid, Refused, ValidationError) as wrong:
            raise UsedWrongly(_said(wrong)) from None
    print(json.dumps(found) if as_json else found["token"])


def _said(wrong: Invalid | Refused | ValidationError) -> str:
    """What cannot be, in one sentence."""
    match wrong:
        case Invalid(at=at, message=message):
            return f"{at.lstrip('/')}: {message}"
        case Refused(detail=detail):
            return detail
        case ValidationError():
            first = wrong.errors()[0]
            return f"{'/'.join(str(part) for part in first['loc'])}: {first['msg']}."


def _analyst(product: Product) -> str:
    """A token that lives for this call; whoever may read the keys may read the reports."""
    if product.keys.signing is None:
        raise CannotStart("Reports from the command line need the signing key; REDRESS_SIGNING_KEY_FILE is not set here.")
    now = datetime.now(UTC)
    claims = Claims(new_id(), "redress report", "redress", ("analyst",), (), (), now, now + timedelta(minutes=10))
    return sign(claims, product.keys.signing)


async def reported(settings: Settings, path: str, xlsx: Path | None, *, as_json: bool) -> bool:
    """The same answer as over HTTP, by the same app, with a token that lives for this call; `xlsx` is the file for a workbook."""
    async with opened(settings, working=True) as product:
        await _relays_run(product)
        if not product.joined:
            await product.settled()
        await product.admits()
        token = _analyst(product)
        transport = httpx.ASGITransport(app=product.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://redress") as client:
            answer = await client.get(f"/api/v1/reports/{path}", headers={"Authorization": f"Bearer {token}"})
    if xlsx is not None and answer.is_success:
        await asyncio.to_thread(xlsx.write_bytes, answer.content)
        print(json.dumps({"written": str(xlsx)}) if as_json else f"Written to {xlsx}.")
        return True
    print(json.dumps(answer.json(), ensure_ascii=False, indent=None if as_json else 2))
    return answer.is_success
