"""Which rules does the organisation follow, in which version, since when?"""

from shared.policy.calendar import WorkingCalendar
from shared.policy.durations import Duration
from shared.policy.policies import Policies, PolicyUnknown
from shared.policy.policy import Policy, adopted, parse, shipped, shipped_content

__all__ = ["Duration", "Policies", "Policy", "PolicyUnknown", "WorkingCalendar", "adopted", "parse", "shipped", "shipped_content"]
