"""What makes capa capa? Its doors, views and reactions."""

from __future__ import annotations

from services.capa import actions_api, api
from services.capa.deadlines import DUE, TIMER_TYPES, timers
from services.capa.reactions import REACTS_TO, react
from services.capa.views.capas import CAPAS
from services.capa.views.cause_reviews import CAUSE_REVIEWS
from services.capa.views.complaints import COMPLAINTS
from shared.service import Service, Wiring


def wire(service: Service) -> Wiring:
    return Wiring(
        routers=(api.router, actions_api.router),
        views=(COMPLAINTS, CAUSE_REVIEWS, CAPAS),
        react=react,
        reacts_to=REACTS_TO,
        timers_of=timers,
        timer_types=TIMER_TYPES,
        due=DUE,
    )
