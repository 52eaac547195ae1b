"""How much time is left for what? A pure function of what happened, the policies, the calendar and now."""

from services.routing.clocks.facts import FOR_CLOCKS, Fact, fact, in_order, packed, unpacked
from services.routing.clocks.reckoning import Clock, reckon, reckon_running
from services.routing.clocks.spans import tell
from services.routing.clocks.story import Span, Story

__all__ = ["FOR_CLOCKS", "Clock", "Fact", "Span", "Story", "fact", "in_order", "packed", "reckon", "reckon_running", "tell", "unpacked"]
