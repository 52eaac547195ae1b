"""What is a complainant told about the case, in plain words? From the complaint's own events and routing's steps, without their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from shared.contracts import intake, routing
from shared.contracts.event import Event
from shared.labels import Language, joined, label

_OWN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        intake.ComplaintReceived.TYPE: ("我们已收到您的投诉。", "We have received your complaint."),
        intake.InformationAdded.TYPE: ("我们已记下补充的情况。", "We have noted what was added."),
        intake.ComplaintWithdrawn.TYPE: ("您的投诉已撤回。", "The complaint has been withdrawn."),
        intake.ComplaintMerged.TYPE: ("此事已由另一编号受理，将一并处理。", "The matter is handled together with an earlier complaint."),
    }
)
_TOLD: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "missed_promise": (
            "我们未能按时办理：{clock}。谨致歉意，我们会继续办理。",
            "We did not keep a promise in time: {clock}. We are sorry, and go on with it.",
        ),
        "action_effective": ("问题的原因已经消除，纠正措施有效。", "The cause has been removed, and a check has shown it."),
        "callback": ("我们将联系您，了解您是否满意。", "We will ask you how satisfied you are."),
    }
)
_ACCEPTED = ("您接受了我们的方案。", "You accepted our proposal.")
_REFUSED = ("您没有接受我们的方案，我们会再提出新的方案。", "You did not accept our proposal; we will make a new one.")
_STEPS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        routing.CaseAssessed.TYPE: ("我们已了解情况，正在为您寻找解决办法。", "We have looked into it and are working on a remedy."),
        routing.RemedyOffered.TYPE: ("我们提出了解决方案，请您答复。", "We have proposed a remedy and await your answer."),
        routing.RemedyCarriedOut.TYPE: ("承诺的事项已经办理。", "What we promised has been done."),
        routing.ResultReported.TYPE: ("我们已向您反馈处理结果。", "We have told you the result."),
        routing.CaseClosed.TYPE: ("您的投诉已办结。", "Your complaint has been closed."),
        routing.CaseReopened.TYPE: ("您的投诉已重新受理。", "Your complaint has been taken up again."),
    }
)


def own(event: Event, language: Language) -> str | None:
    """What happened to the complaint itself; None where there is nothing to say."""
    sentences = _OWN.get(event.TYPE)
    return None if sentences is None else sentences[0 if language == "zh-CN" else 1]


def step(told: Mapping[str, Any], language: Language) -> str:
    """One step of the case as the complainant reads it."""
    sentences = _STEPS.get(told["type"]) or (_ACCEPTED if told["facts"]["accepted"] else _REFUSED)
    return sentences[0 if language == "zh-CN" else 1]


def told(notification: Mapping[str, Any], language: Language) -> str | None:
    """What the complainant was notified of, where no step of the case says it already."""
    sentences = _TOLD.get(notification["kind"])
    if sentences is None:
        return None
    return sentences[0 if language == "zh-CN" else 1].format(clock=label(notification["clock"] or "", language))


def promises(steps: Sequence[Mapping[str, Any]], language: Language) -> list[dict[str, str]]:
    """What was accepted and is not yet done."""
    offered: dict[int, Mapping[str, Any]] = {}
    due: dict[int, Mapping[str, Any]] = {}
    for told in steps:
        facts = told["facts"]
        match told["type"]:
            case routing.RemedyOffered.TYPE:
                offered[facts["round"]] = facts
            case routing.RemedyAnswered.TYPE if facts["accepted"]:
                due[facts["round"]] = offered[facts["round"]]
            case routing.RemedyCarriedOut.TYPE:
                due.pop(facts["round"], None)
            case routing.CaseClosed.TYPE:
                due.clear()
    return [{"what": joined(facts["kinds"], language), "by": facts["commitment"]} for facts in due.values()]
