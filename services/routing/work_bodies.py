"""What do the doors of work items and inspections take in?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.web import Body, Code, Count, Day, FreeText


class ReturnBody(Body):
    reason: FreeText


class HandOverBody(Body):
    """To which department, and why."""

    to: Code
    reason: FreeText


class AssignBody(Body):
    """To whom; work that somebody holds is passed on for a reason only."""

    person: Code
    reason: FreeText | None = None


class RemindBody(Body):
    text: FreeText


class FinishBody(Body):
    """What came of the work."""

    result: FreeText


class CatchBody(Body):
    """What tightened inspection found, on which day."""

    quantity: Annotated[Count, Field(ge=1)]
    on: Day
    text: FreeText


class LiftBody(Body):
    reason: FreeText
