"""Does everything fit, and if not, what does not? What `rebuild`, `verify` and `doctor` do."""

from __future__ import annotations

import json
import shutil
from functools import partial
from pathlib import Path

from services.operating import opened
from services.product import Product
from services.showing import Showing
from shared.cannot_start import UsedWrongly
from shared.keys import checkpoint_verifier
from shared.log.opening import open_log
from shared.operations.readiness import silent_relays
from shared.rebuild import Rebuild
from shared.replay import MissingOnTheLog
from shared.settings import Settings
from shared.verify import Verifier
from shared.views import View


class NoSuchView(UsedWrongly):
    """A name that is no view's."""


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
            try:
                found = (await _rebuild(product, service, showing).compare(view)).differences or {}
            except MissingOnTheLog as missing:
                differ = {view.name: f"it cannot be compared: {missing.sentence}"}
            else:
                differ = {table: f"{rows} rows differ from what the log says" for table, rows in found.items() if rows}
            for at, what in differ.items():
                holds = False
                showing.tell(f"{service}.{at}: {what}")
                showing.result({"service": service, "at": at, "what": what})
    return holds


async def examined(settings: Settings, *, as_json: bool) -> bool:
    """Settings and keys were read to get here; what is left is the database, who runs, the space, and what waits for a person."""
    async with opened(settings, working=False) as product:
        free = shutil.disk_usage(_there(settings.data)).free
        version = await product.services["intake"].pool.fetchval("show server_version")
        silent = await silent_relays(product.log) if product.joined else {}
        findings = {
            "data": str(settings.data.resolve()),
            "database": f"PostgreSQL {version}" + (" (running product joined)" if product.joined and settings.embedded else ""),
            "log": settings.log,
            "free_disk_gib": round(free / 2**30, 1),
        }
        parked = {name: await s.pool.fetchval("select count(*) from parked") for name, s in product.services.items()}
    well = free > 2**30 and not any(parked.values()) and not silent
    if as_json:
        print(json.dumps({**findings, "parked": parked, "silent": list(silent), "well": well}))
        return well
    for name, value in findings.items():
        print(f"{name}: {value}")
    for name, count in parked.items():
        if count:
            print(f"{name}: {count} events are parked; see GET /api/v1/parked")
    for name, seconds in silent.items():
        print(f"{name}: no relay of it was heard of" + (f" for {seconds:.0f} s" if seconds is not None else "") + "; is it running?")
    if free <= 2**30:
        print("Less than 1 GiB of disk is free: appends will be refused when it is gone.")
    print("All is well." if well else "Something needs attention; see above.")
    return well


def _there(folder: Path) -> Path:
    """The folder, or where it would be made: beside many processes a command needs none of its own."""
    return next(one for one in (folder, *folder.resolve().parents) if one.exists())
