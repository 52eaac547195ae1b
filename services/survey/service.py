"""What makes survey survey? Its doors, view, reactions and timers."""

from __future__ import annotations

from services.survey.api import router
from services.survey.deadlines import DUE, TIMER_TYPES, timers
from services.survey.reactions import REACTS_TO, react
from services.survey.views.callbacks import CALLBACKS
from shared.service import Service, Wiring


def wire(service: Service) -> Wiring:
    return Wiring(
        routers=(router,),
        views=(CALLBACKS,),
        react=react,
        reacts_to=REACTS_TO,
        timers_of=timers,
        timer_types=TIMER_TYPES,
        due=DUE,
    )
