"""What is routing made of?"""

from __future__ import annotations

from services.routing import (
    api,
    clocks_api,
    ending_api,
    inspections_api,
    judging_api,
    packet_api,
    policy_api,
    queue_api,
    remedy_api,
    similar_api,
    work_api,
)
from services.routing.evidence import checkpoints
from services.routing.live import Hub
from services.routing.looking import CLOCKS, TIMERS, in_step, look
from services.routing.reactions import REACTS_TO, react
from services.routing.views.cases import CASES
from services.routing.views.clocks import with_clocks
from services.routing.views.frequency import FREQUENCY
from services.routing.views.inspections import INSPECTIONS
from services.routing.views.queue import QUEUE
from services.routing.views.readings import READINGS
from services.routing.views.timeline import TIMELINE
from shared.service import Service, Wiring


def wire(service: Service) -> Wiring:
    hub = Hub(service.store, service.pool, service.stopping)
    return Wiring(
        routers=(
            api.router,
            judging_api.router,
            remedy_api.router,
            ending_api.router,
            queue_api.router,
            work_api.router,
            inspections_api.router,
            similar_api.router,
            policy_api.router,
            packet_api.router,
            clocks_api.router,
        ),
        views=(with_clocks(QUEUE, lambda: service.policies), CASES, TIMELINE, READINGS, INSPECTIONS, FREQUENCY, TIMERS),
        react=react,
        reacts_to=REACTS_TO,
        due={CLOCKS: look(service)},
        started=lambda: in_step(service.pool),
        workers={"checkpoints": checkpoints.Listening(service)},
        after_views=hub.after,
        live=hub,
    )
