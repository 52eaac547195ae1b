"""Which kinds of row can be counted?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.reporting.query.complaint_rows import COMPLAINTS
from services.reporting.query.fields import Grain
from services.reporting.query.open_rows import OPEN_DAILY
from services.reporting.query.transition_rows import TRANSITIONS

GRAINS: Mapping[str, Grain] = MappingProxyType({grain.name: grain for grain in (COMPLAINTS, TRANSITIONS, OPEN_DAILY)})
