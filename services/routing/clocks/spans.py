"""What starts each clock, and what meets it? The story of one complaint's time, told from its facts in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.routing.clocks import actions, work
from services.routing.clocks.facts import Fact
from services.routing.clocks.story import AT_THE_HANDLER, Fields, Story
from shared.contracts import intake, routing, survey
from shared.policy import Policies

UNTIL_CLOSED = ("assessment", "personal_contact", "desk_remedy", "status_message")
NOTHING_TO_SETTLE = frozenset({"withdrawn", "duplicate"})


def tell(subject: UUID, facts: Iterable[Fact], policies: Policies) -> Story:
    """The story of these facts, which stand in order."""
    story = Story(subject, policies)
    for one in facts:
        if not story.terms or story.terms[-1].policy is None:
            story.under(one.at, policy=one.fields.get("policy_version") or one.fields.get("decided_by"))
        _TOLD[one.kind](story, one.at, one.fields)
    return story


def _asked(story: Story, at: datetime, fields: Fields) -> None:
    """Every inquiry is answered (IN-7); suggestions, praise and opinions wait for nothing."""
    story.kind = "feedback"
    if fields["kind"] == "inquiry":
        story.start("inquiry", at, story.policy.answers(fields["topic"]))


def _inquiry_answered(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("inquiry", at)


def _promoted(story: Story, at: datetime, fields: Fields) -> None:
    story.stop_all(at)


def _posted(story: Story, at: datetime, fields: Fields) -> None:
    if fields["by"] == "staff" and fields["visible"]:
        _spoken(story, at, fields)


def _opened(story: Story, at: datetime, fields: Fields) -> None:
    story.start("acknowledgement", at, "desk")
    story.start("personal_contact", at, AT_THE_HANDLER)
    story.start("assessment", at, "desk")
    story.start("desk_remedy", at, "desk")
    story.start("status_message", at, AT_THE_HANDLER)


def _acknowledged(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("acknowledgement", at)


def _assessed(story: Story, at: datetime, fields: Fields) -> None:
    story.under(at, severity=fields["severity"])
    story.meet("assessment", at)
    _on_path(story, at, fields["path"])
    if fields["path"] == "desk":
        story.start("desk_remedy", at, "desk")  # of a case that had none: an imported one
    story.start("status_message", at, AT_THE_HANDLER)
    _warned(story, at, fields)


def _on_path(story: Story, at: datetime, path: str) -> None:
    story.path = path
    if path != "desk":
        story.stop("desk_remedy", at)


def _regraded(story: Story, at: datetime, fields: Fields) -> None:
    story.under(at, severity=fields.get("severity"))
    if "path" in fields:
        _on_path(story, at, fields["path"])


def _warned(story: Story, at: datetime, fields: Fields) -> None:
    """Another class is another clock; a new diagnosis of the same class resets nothing."""
    now = fields.get("early_warning")
    if now == story.warning:
        return
    story.stop("early_warning", at)
    story.warning = now
    if now is not None:
        story.start("early_warning", at, story.policy.warned(now).department, grade=now)


def _offered(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("desk_remedy", at)
    _spoken(story, at, fields)


def _spoken(story: Story, at: datetime, fields: Fields) -> None:
    """The complainant heard from a person; the next word is due from now."""
    story.meet("personal_contact", at)
    if story.meet("status_message", at):
        story.start("status_message", at, AT_THE_HANDLER)


def _answered(story: Story, at: datetime, fields: Fields) -> None:
    if not fields["accepted"] and story.path == "desk":
        story.start("desk_remedy", at, "desk")


def _carried_out(story: Story, at: datetime, fields: Fields) -> None:
    story.start("telling", at, AT_THE_HANDLER)


def _told(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("telling", at)
    _spoken(story, at, fields)


def _paused(story: Story, at: datetime, fields: Fields) -> None:
    story.pause(at)


def _resumed(story: Story, at: datetime, fields: Fields) -> None:
    story.resume(at)


def _closed(story: Story, at: datetime, fields: Fields) -> None:
    story.resume(at)
    story.warning = None
    if fields["outcome"] in NOTHING_TO_SETTLE:
        story.stop_all(at)
        return
    for clock in UNTIL_CLOSED:
        story.stop(clock, at)
    story.start("callback", at, "desk")


def _reopened(story: Story, at: datetime, fields: Fields) -> None:
    story.stop("callback", at)
    story.start("status_message", at, AT_THE_HANDLER)
    if fields.get("state") == "received":
        story.start("assessment", at, "desk")
    elif story.path == "desk":
        story.start("desk_remedy", at, "desk")


def _moved(story: Story, at: datetime, fields: Fields) -> None:
    story.under(at, policy=fields["policy_version"])


def _asked_back(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("callback", at)


def _not_asked_back(story: Story, at: datetime, fields: Fields) -> None:
    story.stop("callback", at)


_TOLD: Mapping[str, Callable[[Story, datetime, Fields], None]] = {
    intake.ComplaintAcknowledged.TYPE: _acknowledged,
    intake.MessagePosted.TYPE: _posted,
    intake.FeedbackReceived.TYPE: _asked,
    intake.FeedbackAnswered.TYPE: _inquiry_answered,
    intake.FeedbackPromoted.TYPE: _promoted,
    routing.CaseOpened.TYPE: _opened,
    routing.CaseAssessed.TYPE: _assessed,
    routing.CaseRegraded.TYPE: _regraded,
    routing.EarlyWarningSet.TYPE: _warned,
    routing.RemedyOffered.TYPE: _offered,
    routing.RemedyApproved.TYPE: _offered,
    routing.RemedyAnswered.TYPE: _answered,
    routing.RemedyCarriedOut.TYPE: _carried_out,
    routing.ResultReported.TYPE: _told,
    routing.ClockPaused.TYPE: _paused,
    routing.ClockResumed.TYPE: _resumed,
    routing.CaseClosed.TYPE: _closed,
    routing.CaseReopened.TYPE: _reopened,
    routing.CasePolicyMoved.TYPE: _moved,
    survey.CallbackAnswered.TYPE: _asked_back,
    survey.CallbackDeclined.TYPE: _asked_back,
    survey.CallbackUnreached.TYPE: _asked_back,
    survey.CallbackExpired.TYPE: _not_asked_back,
    **actions.TOLD,
    **work.TOLD,
}
