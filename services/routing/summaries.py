"""How is an event told in one sentence, in Chinese and in English? From its codes and dates only, never from sealed text."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType
from typing import Any

from shared.labels import Language, joined, label

# type: (Chinese, English); what stands in braces is a field of the event
SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "intake.complaint-received.v1": ("收到投诉 {number}，渠道：{channel}", "Complaint {number} was received ({channel})"),
        "intake.complaint-acknowledged.v1": ("已告知顾客投诉已受理", "Receipt was acknowledged"),
        "intake.remedy-answer-given.v1": ("顾客答复第 {round} 轮方案：{accepted}", "The complainant answered round {round}: {accepted}"),
        "routing.case-opened.v1": ("立案 {number}", "Case {number} was opened"),
        "routing.case-imported.v1": ("导入历史案件 {number}", "Case {number} was imported with its history"),
        "routing.work-item-offered.v1": ("任务“{task}”送交{department}", "Work for {department}: {task}"),
        "routing.work-item-taken.v1": ("{holder_name} 领取任务", "{holder_name} took the work"),
        "routing.work-item-returned.v1": ("任务退回{department}", "The work went back to {department}"),
        "routing.work-item-handed-over.v1": ("任务由{from_department}移交{to_department}", "The work went from {from_department} to {to_department}"),
        "routing.work-item-assigned.v1": ("任务指派给 {holder_name}", "The work was given to {holder_name}"),
        "routing.work-item-reminded.v1": ("催办{department}", "{department} was reminded of the work"),
        "routing.work-item-done.v1": ("任务结束", "The work ended"),
        "routing.case-assessed.v1": ("初步评估：{severity}，{nature}，处理路径：{path}", "Assessed as {severity}, {nature}; path: {path}"),
        "routing.case-regraded.v1": ("改定等级或性质：{severity_before} → {severity}，{nature_before} → {nature}", "Regraded: {severity_before} → {severity}, {nature_before} → {nature}"),
        "routing.early-warning-set.v1": ("预警级别：{before} → {early_warning}", "Early warning: {before} → {early_warning}"),
        "routing.meeting-held.v1": ("召开会议，参加：{attendees}", "A meeting was held with {attendees}"),
        "routing.remedy-proposed.v1": ("第 {round} 轮方案待审批：{kinds}，承诺：{commitment}", "Round {round} waits for approval: {kinds}; promised: {commitment}"),
        "routing.remedy-approved.v1": ("第 {round} 轮方案已批准", "Round {round} was approved"),
        "routing.remedy-declined.v1": ("第 {round} 轮方案未获批准", "Round {round} was declined"),
        "routing.remedy-offered.v1": ("第 {round} 轮方案：{kinds}，承诺：{commitment}", "Round {round} offered: {kinds}; promised: {commitment}"),
        "routing.remedy-answered.v1": ("第 {round} 轮方案：{accepted}（{medium}）", "Round {round} was {accepted} ({medium})"),
        "routing.remedy-carried-out.v1": ("第 {round} 轮方案于 {on} 实施", "Round {round} was carried out on {on}"),
        "routing.remedy-verified.v1": ("第 {round} 轮方案于 {on} 验证", "Round {round} was verified on {on}"),
        "routing.result-reported.v1": ("向顾客反馈结果（{medium}）", "The result was told ({medium})"),
        "routing.recourse-named.v1": ("告知外部解决途径：{body}（{told_on}）", "The external body was named: {body} ({told_on})"),
        "routing.customer-reminded.v1": ("第 {reminder} 次提醒顾客（{medium}）", "The customer was reminded, number {reminder} ({medium})"),
        "routing.clock-paused.v1": ("暂停计时：{reason}", "The clocks were paused: {reason}"),
        "routing.clock-resumed.v1": ("恢复计时", "The clocks go on"),
        "routing.deadline-near.v1": ("期限临近：{clock}，{due_at}", "A deadline is near: {clock}, {due_at}"),
        "routing.deadline-missed.v1": ("期限已过：{clock}，{due_at}", "A deadline was missed: {clock}, {due_at}"),
        "routing.case-escalated.v1": ("升级至{to_department}（第 {level} 级）：{clock}", "Escalated to {to_department} (level {level}): {clock}"),
        "routing.inspection-tightened.v1": ("加严检验：产品 {product_code}，批次 {batch}", "Inspection was tightened: product {product_code}, batch {batch}"),
        "routing.case-policy-moved.v1": ("改用制度版本 {policy_version}", "The case goes by policy version {policy_version} from now on"),
        "routing.case-closed.v1": ("第 {closing_round} 次结案：{outcome}", "Closed ({closing_round}): {outcome}"),
        "routing.case-reopened.v1": ("重新受理", "The case was reopened"),
        "capa.cause-review-opened.v1": ("开始原因分析", "A cause review was opened"),
        "capa.cause-review-decided.v1": ("原因分析完成，需要纠正措施：{needed}", "The cause review is decided; action needed: {needed}"),
        "capa.capa-opened.v1": ("启动纠正/预防措施 {number}，责任：{owner_department}", "Corrective action {number} was opened for {owner_department}"),
        "capa.capa-complaint-added.v1": ("并入已有纠正/预防措施", "The complaint joined an open corrective action"),
        "survey.callback-due.v1": ("安排回访，期限 {due_at}", "A follow-up call is due by {due_at}"),
        "survey.callback-attempted.v1": ("第 {attempt} 次回访：{outcome}（{medium}）", "Follow-up call {attempt}: {outcome} ({medium})"),
        "survey.callback-answered.v1": (
            "回访结果：处理 {satisfied_with_handling}，补救 {satisfied_with_remedy}",
            "The customer on the handling: {satisfied_with_handling}; on the remedy: {satisfied_with_remedy}",
        ),
        "survey.callback-declined.v1": ("顾客拒绝回访", "The customer declined the follow-up call"),
        "survey.callback-unreached.v1": ("回访未能联系到顾客", "The customer could not be reached"),
        "survey.callback-expired.v1": ("回访已过期", "The follow-up call expired"),
        "survey.callback-imported.v1": ("导入满意度", "A customer's satisfaction was imported"),
    }
)  # fmt: skip

_YES_NO: Mapping[tuple[str, bool], tuple[str, str]] = MappingProxyType(
    {
        ("accepted", True): ("接受", "accepted"),
        ("accepted", False): ("不接受", "refused"),
        ("needed", True): ("是", "yes"),
        ("needed", False): ("否", "no"),
    }
)


def facts(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event that its sentence needs."""
    return {name: body.get(name) for name in _fields(kind)}


def _fields(kind: str) -> list[str]:
    sentences = SENTENCES.get(kind)
    return [] if sentences is None else [name for _, name, _, _ in Formatter().parse(sentences[1]) if name]


def summary(kind: str, told: Mapping[str, Any], language: Language) -> str:
    """The sentence; an event that has none is named by its type."""
    sentences = SENTENCES.get(kind)
    if sentences is None:
        return kind.partition(".")[2].rpartition(".v")[0].replace("-", " ")
    sentence = sentences[0 if language == "zh-CN" else 1]
    return sentence.format_map({name: _word(name, value, language) for name, value in told.items()})


def _word(name: str, value: Any, language: Language) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        words = _YES_NO.get((name, value), (str(value), str(value)))
        return words[0 if language == "zh-CN" else 1]
    if isinstance(value, list):
        return joined(value, language)
    return label(str(value), language)
