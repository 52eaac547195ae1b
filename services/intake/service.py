"""What is intake made of?"""

from __future__ import annotations

from collections.abc import Iterator

from services.intake import (
    access_api,
    api,
    correspondence_api,
    customers_api,
    erasure_api,
    feedback_api,
    notifications_api,
    tracking_api,
)
from services.intake.notifying.letters import Letters
from services.intake.notifying.requesting import REACTS_TO, requests
from services.intake.notifying.sender import Sender
from services.intake.reception import Reception
from services.intake.views.complaints import COMPLAINTS
from services.intake.views.customers import CUSTOMERS
from services.intake.views.data_reads import DATA_READS
from services.intake.views.feedback import FEEDBACKS
from services.intake.views.lookup import lookup_view
from services.intake.views.notifications import NOTIFICATIONS
from services.intake.views.offers import OFFERS
from services.intake.views.tokens import TOKENS
from shared.decider import Reaction
from shared.envelope import Envelope
from shared.service import Service, Wiring


def wire(service: Service) -> Wiring:
    reception = Reception.make(service)
    sender = Sender(service, Letters(service, reception.tracking_key))

    def react(event: Envelope) -> Iterator[Reaction]:
        return requests(event, service.policies.in_force(event.recorded.recorded_at), mailing=service.settings.smtp_url is not None)

    lookup = lookup_view(service.vault, reception.lookup_key, reception.region)
    return Wiring(
        routers=(
            api.router,
            correspondence_api.router,
            notifications_api.router,
            feedback_api.router,
            customers_api.router,
            tracking_api.router,
            access_api.router,
            erasure_api.router,
        ),
        views=(COMPLAINTS, lookup, OFFERS, FEEDBACKS, CUSTOMERS, TOKENS, DATA_READS, NOTIFICATIONS),
        react=react,
        reacts_to=REACTS_TO,
        after_views=lambda events: sender.wake(),
        workers={"sender": sender},
        live=reception,
    )
