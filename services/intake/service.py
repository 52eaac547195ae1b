"""What is intake made of?"""

from __future__ import annotations

from services.intake import access_api, api, correspondence_api, customers_api, erasure_api, feedback_api, tracking_api
from services.intake.reception import Reception
from services.intake.views.complaints import COMPLAINTS
from services.intake.views.customers import CUSTOMERS
from services.intake.views.data_reads import DATA_READS
from services.intake.views.feedback import FEEDBACKS
from services.intake.views.lookup import lookup_view
from services.intake.views.offers import OFFERS
from services.intake.views.tokens import TOKENS
from shared.service import Service, Wiring


def wire(service: Service) -> Wiring:
    reception = Reception.make(service)
    lookup = lookup_view(service.vault, reception.lookup_key, reception.region)
    return Wiring(
        routers=(
            api.router,
            correspondence_api.router,
            feedback_api.router,
            customers_api.router,
            tracking_api.router,
            access_api.router,
            erasure_api.router,
        ),
        views=(COMPLAINTS, lookup, OFFERS, FEEDBACKS, CUSTOMERS, TOKENS, DATA_READS),
        live=reception,
    )
