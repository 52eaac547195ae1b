"""Reporting, wired: what it all says, folded from the log."""

from __future__ import annotations

from services.reporting import api, pages
from services.reporting.analysis import api as analysis
from services.reporting.analysis.calculator import Calculator
from services.reporting.live import Live
from services.reporting.moment import Moments
from services.reporting.views import complaints, customers, exposures, imports, work
from shared.service import Service, Wiring

VIEWS = (complaints.VIEW, work.VIEW, exposures.VIEW, imports.VIEW, customers.VIEW)


def wire(service: Service) -> Wiring:
    live = Live(Moments(service.pool, service.log, lambda: service.started_at), Calculator())

    async def started() -> None:
        if "api" in service.parts:
            service.background.run("analysis", live.calculator.run(service.stopping))

    return Wiring(routers=(api.router, analysis.router, pages.router), views=VIEWS, started=started, live=live)
