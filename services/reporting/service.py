"""Reporting, wired: what it all says, folded from the log."""

from __future__ import annotations

from services.reporting import api, pages
from services.reporting.moment import Moments
from services.reporting.views import complaints, exposures, imports, work
from shared.service import Service, Wiring

VIEWS = (complaints.VIEW, work.VIEW, exposures.VIEW, imports.VIEW)


def wire(service: Service) -> Wiring:
    moments = Moments(service.pool, service.log, lambda: service.started_at)
    return Wiring(routers=(api.router, pages.router), views=VIEWS, live=moments)
