"""Reporting, wired: what it all says, folded from the log."""

from __future__ import annotations

from collections.abc import Sequence

from services.reporting import api, deadlines, form_api, pages, periods_api, query_api, signals_api, trend_api
from services.reporting.analysis import api as analysis
from services.reporting.analysis.calculator import Calculator
from services.reporting.live import Live
from services.reporting.moment import Moments
from services.reporting.outlooks import Outlooks
from services.reporting.views import actions, causes, classes, complaints, customers, exposures, imports, periods, safety, signals, work
from shared.envelope import Envelope
from shared.service import Service, Wiring

VIEWS = (
    complaints.VIEW, work.VIEW, exposures.VIEW, imports.VIEW, customers.VIEW, periods.VIEW, signals.VIEW, actions.VIEW, classes.VIEW,
    causes.VIEW,
    safety.VIEW,
)  # fmt: skip
PATIENCE = 100.0  # seconds for all series of a month, on a machine that has much else to do


def wire(service: Service) -> Wiring:
    calculator = Calculator()
    live = Live(Moments(service.pool, service.log, lambda: service.started_at), calculator, Outlooks(calculator))
    judge = Calculator(limit=PATIENCE, idle=60.0, ahead=())  # of its own, so that a large month keeps nobody's question waiting
    looking = deadlines.Periods(service, live.moments, judge)

    async def started() -> None:
        if "api" in service.parts:
            service.background.run("analysis", live.calculator.run(service.stopping))
        if "consumers" in service.parts:
            await deadlines.begin(service)
            service.background.run("judging", deadlines.ended_with(judge, service.stopping))

    def seen(events: Sequence[Envelope]) -> None:
        if any(event.type in periods.VIEW.handles for event in events):
            service.timers.wake()  # what a look waits for may be known now

    return Wiring(
        routers=(
            form_api.router,
            api.router,
            query_api.router,
            periods_api.router,
            signals_api.router,
            trend_api.router,
            analysis.router,
            pages.router,
        ),
        views=VIEWS,
        timers_of=deadlines.timers_in(service.zone),
        timer_types=deadlines.TIMER_TYPES,
        due={deadlines.PERIODS: looking.look},
        after_views=seen,
        started=started,
        live=live,
    )
