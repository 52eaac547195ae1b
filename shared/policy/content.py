"""What stands in a policy? Its keys and their types, as `policy/default.toml` and `PUT /api/v1/policy` have them."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StrictBool, StrictInt, model_validator

from shared.contracts.vocabulary import Code, EarlyWarning, Severity
from shared.policy.durations import Duration, DurationField

ClockName = Literal[
    "acknowledgement", "personal_contact", "assessment", "desk_remedy", "take", "early_warning", "containment", "plan",
    "status_message", "telling", "callback", "effectiveness", "inquiry",
]  # fmt: skip
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Few = Annotated[StrictInt, Field(ge=1, le=3650)]
Share = Annotated[float, Field(gt=0, lt=1)]


def _hour(value: Any) -> Any:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or len(value) != len("08:30"):
        raise ValueError('write it like "08:30"')
    return value


def _digits(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _day(value: Any) -> Any:
    if not isinstance(value, (str, date)):
        raise ValueError('write it like "2026-10-01"')
    return value


Day = Annotated[date, BeforeValidator(_day)]
Hour = Annotated[time, BeforeValidator(_hour), PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str)]
Upto = Annotated[str, BeforeValidator(_digits), Field(pattern=r"^[0-9]{1,14}(\.[0-9]{1,4})?$")]


def _some_time(value: Duration) -> Duration:
    if not value.amount:
        raise ValueError("a clock runs for some time")
    return value


Limit = Annotated[DurationField, AfterValidator(_some_time)]


class Part(BaseModel):
    """A table of the policy. What it does not know is an error, never passed over."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class ByGrade(Part):
    """A limit for each severity."""

    ordinary: Limit
    important: Limit
    major: Limit


class ByClass(Part):
    """A limit for each early-warning class."""

    A: Limit
    B: Limit
    C: Limit


class Clocks(Part):
    """How long each step may take."""

    acknowledgement: ByGrade
    personal_contact: ByGrade
    assessment: ByGrade
    desk_remedy: ByGrade
    take: ByGrade
    early_warning: ByClass
    containment: ByGrade
    plan: ByGrade
    status_message: ByGrade
    telling: ByGrade
    callback: ByGrade
    effectiveness: ByGrade
    inquiry: ByGrade


class SeverityPath(Part):
    """Who acts, inspects and files (RT-4); "responsible" is the department the assessment names."""

    act: Code
    inspect: Code | None = None
    file: Code | None = None


class Paths(Part):
    ordinary: SeverityPath
    important: SeverityPath
    major: SeverityPath


class Meeting(Part):
    severities: Annotated[tuple[Severity, ...], Field(max_length=3)]


class Owner(Part):
    """Who owns corrective action (CA-2); where nobody is named, the responsible department."""

    ordinary: Code | None = None
    important: Code | None = None
    major: Code | None = None


class Near(Part):
    share: Share


class Rung(Part):
    """A step of the ladder: so long after a miss, to a department, or to the head of the one whose work it is."""

    after: DurationField
    to: Code


class Warned(Part):
    """Who handles an early warning of a class, and what a missed deadline makes of it (RT-6)."""

    department: Code
    missed_becomes: EarlyWarning | None = None


class Warnings(Part):
    A: Warned
    B: Warned
    C: Warned


class Matrix(Part):
    """Who answers what (RT-10)."""

    product: Code
    quality: Code
    delivery: Code
    price: Code
    other: Code


class Authority(Part):
    """What a remedy may cost before an approver decides, by the role that offers it (IN-10)."""

    desk: Upto
    quality: Upto
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    def upto(self, role: str) -> Decimal:
        return Decimal({"desk": self.desk, "quality": self.quality}.get(role, "0"))


class Reminders(Part):
    count: Few


class Callback(Part):
    expires_days: Few
    attempts: Few


class Thresholds(Part):
    duplicate_days: Few
    similar_months: Annotated[StrictInt, Field(ge=1, le=120)]
    closure_rate: Share


class Signals(Part):
    """When a month is a signal (RP-2): `adjust` over all series of the month; a drift is a rise by `drift_ratio` over the past year."""

    alpha: Share = 0.05
    adjust: Literal["bh", "by"] = "bh"
    min_count: Few = 3
    min_ratio: Annotated[float, Field(ge=1, le=100)] = 1.5
    baseline_months: Annotated[StrictInt, Field(ge=12, le=120)] = 48
    drift_ratio: Annotated[float, Field(gt=1, le=100)] = 1.5
    drift_alpha: Share = 0.005


class Recurrence(Part):
    """From when on an issue recurs, and is systematic (ISO 10002 §8.2; RP-1): over twelve months."""

    least: Few = 3
    months: Annotated[StrictInt, Field(ge=1, le=12)] = 2
    significant: Share = 0.05
    customers: Few = 3
    batches: Few = 2


class Absence(Part):
    """Days on which a person is not there, the last included."""

    since: Annotated[Day, Field(alias="from")]
    to: Day

    @model_validator(mode="after")
    def _in_order(self) -> Absence:
        if self.to < self.since:
            raise ValueError("an absence ends no earlier than it begins")
        return self


class Person(Part):
    """Somebody work can be given to (RT-8)."""

    person: Code
    name: Text
    department: Code
    skills: Annotated[tuple[Code, ...], Field(max_length=500)] = ()
    location: Text | None = None
    email: Annotated[str, Field(max_length=254, pattern=r"^\S+@\S+$")] | None = None
    head: StrictBool = False
    absences: Annotated[tuple[Absence, ...], Field(max_length=500)] = ()


class Hours(Part):
    since: Annotated[Hour, Field(alias="from")]
    to: Hour

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        if self.to <= self.since:
            raise ValueError("hours end later than they begin, on the same day")
        return self


class Calendar(Part):
    """Working time: hours by the wall clock, free weekdays and working weekends by date."""

    hours: Hours
    lunch: Hours | None = None
    weekend: Annotated[tuple[Weekday, ...], Field(max_length=6)] = ("saturday", "sunday")
    holidays: Annotated[tuple[Day, ...], Field(max_length=5000)]
    workdays: Annotated[tuple[Day, ...], Field(max_length=5000)]


class Label(Part):
    zh: Text
    en: Text


class Content(Part):
    """The whole of a policy."""

    departments: Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)]
    reporting_day: Annotated[StrictInt, Field(ge=1, le=28)]
    people: Annotated[tuple[Person, ...], Field(max_length=5000)] = ()
    paths: Paths
    meeting: Meeting
    owner: Owner
    clocks: Clocks
    near: Near
    ladder: Annotated[tuple[Rung, ...], Field(max_length=20)]
    early_warning: Warnings
    matrix: Matrix
    authority: Authority
    reminders: Reminders
    callback: Callback
    thresholds: Thresholds
    signals: Signals = Signals()
    recurrence: Recurrence = Recurrence()
    calendar: Calendar
    labels: dict[Code, Label] = {}
