"""How does a corrective action move the clocks of the complaints it serves?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from services.routing.clocks.story import Action, Fields, Story
from shared.contracts import capa

ITS_CLOCKS = ("containment", "plan", "effectiveness")


def _opened(story: Story, at: datetime, fields: Fields) -> None:
    """The complaint that the action began with tells of its deadlines; one without complaints does so itself."""
    if str(story.subject) == fields["capa_id"]:
        story.kind = "capa"
    shown_by = fields.get("complaints") or [fields["capa_id"]]
    if str(story.subject) in shown_by:
        tells = shown_by[0] == str(story.subject)
        story.actions[fields["capa_id"]] = Action(fields["severity"], fields["owner_department"], tells)
    story.promise("containment", at, fields["capa_id"])
    story.promise("plan", at, fields["capa_id"])


def _contained(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("containment", at, fields["capa_id"])


def _planned(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("plan", at, fields["capa_id"])


def _step_done(story: Story, at: datetime, fields: Fields) -> None:
    if not fields["steps_open"]:
        story.promise("effectiveness", at, fields["capa_id"], department="quality_management")


def _reviewed(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("effectiveness", at, fields["capa_id"])


def _next_round(story: Story, at: datetime, fields: Fields) -> None:
    story.promise("plan", at, fields["capa_id"])


def _closed(story: Story, at: datetime, fields: Fields) -> None:
    for clock in ITS_CLOCKS:
        story.stop(clock, at, fields["capa_id"])


TOLD: Mapping[str, Callable[[Story, datetime, Fields], None]] = {
    capa.CapaOpened.TYPE: _opened,
    capa.ContainmentDone.TYPE: _contained,
    capa.PlanApproved.TYPE: _planned,
    capa.StepDone.TYPE: _step_done,
    capa.EffectivenessReviewed.TYPE: _reviewed,
    capa.CapaRoundOpened.TYPE: _next_round,
    capa.CapaClosed.TYPE: _closed,
}
