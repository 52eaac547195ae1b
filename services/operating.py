"""What do the other commands do? Each joins the running product on the folder, or starts what it needs and stops it again."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
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
from shared.keys import checkpoint_verifier, load_or_make
from shared.log.opening import open_log
from shared.postgres.connect import Dsn
from shared.postgres.migrate import migrate
from shared.rebuild import Rebuild
from shared.settings import Settings
from shared.verify import Verifier
from shared.views import View


class NoSuchView(UsedWrongly):
    """A name that is no view's."""


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


async def migrated(settings: Settings) -> None:
    if settings.database_url is not None:
        keys = load_or_make(settings)
        await migrate(Dsn.parse(settings.database_url, keys), keys, settings.partitions)  # the log need not be there yet
    else:
        async with opened(settings, working=False):
            pass
    print("The database is at this version.")


async def imported(settings: Settings, file: Path, mapping: Path, *, dry_run: bool, as_json: bool) -> None:
    try:
        rules = load_mapping(mapping)
        await _take_in(settings, file, rules, dry_run=dry_run, as_json=as_json)
    except (MappingError, UnreadableTable, AlreadyImporting) as trouble:
        raise CannotStart(str(trouble)) from None


async def _take_in(settings: Settings, file: Path, rules: ImportMapping, *, dry_run: bool, as_json: bool) -> None:
    async with opened(settings, working=True) as product:
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


def _chosen(product: Product, name: str | None) -> list[tuple[str, View]]:
    service, _, wanted = (name or "").partition(".")
    found = [
        (s.name, view)
        for s in product.services.values()
        for view in s.views
        if view.tables and (not service or s.name == service) and (not wanted or view.name == wanted)
    ]
    if not found:
        known = ", ".join(f"{s.name}.{v.name}" for s in product.services.values() for v in s.views if v.tables)
        raise NoSuchView(f"There is no view {name}. There are: {known}.")
    return found


async def rebuilt(settings: Settings, name: str | None, *, compare: bool, as_json: bool) -> bool:
    equal = True
    async with opened(settings, working=True) as product:
        for service, view in _chosen(product, name):
            with Showing(f"{service}.{view.name}", as_json=as_json) as showing:
                rebuild = _rebuild(product, service, showing)
                found = await (rebuild.compare(view) if compare else rebuild.switch(view))
                different = sum((found.differences or {}).values())
                equal = equal and not different
                verdict = "" if not compare else (f", {different} rows differ" if different else ", equal to the running view")
                showing.tell(f"{service}.{view.name}: {found.events} events{verdict}")
                showing.result({"service": service, "view": view.name, "events": found.events, "differences": found.differences})
    return equal


def _rebuild(product: Product, service: str, showing: Showing) -> Rebuild:
    elsewhere = partial(open_log, product.settings, product.dsn.without_keys(service), service)
    return Rebuild(service, product.dsn, product.log, product.settings.partitions, showing, elsewhere)


async def verified(settings: Settings, *, as_json: bool) -> bool:
    holds = True
    async with opened(settings, working=True) as product:
        for name, service in product.services.items():
            with Showing(name, as_json=as_json) as showing:
                signer = checkpoint_verifier(settings, product.keys, name)
                verifier = Verifier(name, service.pool, product.log, signer, settings.partitions, showing.count)
                async for finding in verifier.findings():
                    holds = False
                    showing.tell(f"{finding.at}: {finding.what}")
                    showing.result({"service": name, "at": finding.at, "what": finding.what})
                showing.tell(f"{name}: {verifier.events} events walked")
        holds = await _views_hold(product, as_json=as_json) and holds
    print(json.dumps({"holds": holds}) if as_json else ("Everything fits." if holds else "Not everything fits; see above."))
    return holds


async def _views_hold(product: Product, *, as_json: bool) -> bool:
    holds = True
    for service, view in _chosen(product, None):
        with Showing(f"{service}.{view.name}", as_json=as_json) as showing:
            found = await _rebuild(product, service, showing).compare(view)
            for table, rows in (found.differences or {}).items():
                if rows:
                    holds = False
                    showing.tell(f"{service}.{table}: {rows} rows differ from what the log says")
                    showing.result({"service": service, "at": table, "what": f"{rows} rows differ from what the log says"})
    return holds


async def examined(settings: Settings, *, as_json: bool) -> bool:
    """Settings and keys were read to get here; what is left is the database, the space, and the lag."""
    async with opened(settings, working=False) as product:
        free = shutil.disk_usage(settings.data).free
        version = await product.services["intake"].pool.fetchval("show server_version")
        findings = {
            "data": str(settings.data.resolve()),
            "database": f"PostgreSQL {version}" + (" (running product joined)" if product.joined and settings.embedded else ""),
            "free_disk_gib": round(free / 2**30, 1),
        }
        parked = {name: await s.pool.fetchval("select count(*) from parked") for name, s in product.services.items()}
    well = free > 2**30 and not any(parked.values())
    if as_json:
        print(json.dumps({**findings, "parked": parked, "well": well}))
        return well
    for name, value in findings.items():
        print(f"{name}: {value}")
    for name, count in parked.items():
        if count:
            print(f"{name}: {count} events are parked; see GET /api/v1/parked")
    if free <= 2**30:
        print("Less than 1 GiB of disk is free: appends will be refused when it is gone.")
    print("All is well." if well else "Something needs attention; see above.")
    return well


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


async def reported(settings: Settings, path: str) -> bool:
    """The same answer as over HTTP, by the same app, with a token that lives for this call."""
    async with opened(settings, working=True) as product:
        if not product.joined:
            await product.settled()
        await product.admits()
        token = _analyst(product)
        transport = httpx.ASGITransport(app=product.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://redress") as client:
            answer = await client.get(f"/api/v1/reports/{path}", headers={"Authorization": f"Bearer {token}"})
    print(json.dumps(answer.json(), ensure_ascii=False, indent=2))
    return answer.is_success
