"""How is an event told in one sentence, in Chinese and in English? From its codes and dates only, never from sealed text."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType
from typing import Any

from shared.labels import Language, joined, label
from shared.policy import Policy

# type: (Chinese, English); what stands in braces is a field of the event
SENTENCES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "intake.complaint-received.v1": ("收到投诉 {number}，渠道：{channel}", "Complaint {number} was received ({channel})"),
        "intake.complaint-acknowledged.v1": ("已告知顾客投诉已受理", "Receipt was acknowledged"),
        "intake.remedy-answer-given.v1": ("顾客答复第 {round} 轮方案：{accepted}", "The complainant answered round {round}: {accepted}"),
        "intake.information-added.v1": ("补充了情况", "Facts were added"),
        "intake.message-posted.v1": ("{by}留言，主题：{topic}", "A message by {by} on: {topic}"),
        "intake.complaint-withdrawn.v1": ("投诉已撤回（{by}）", "The complaint was withdrawn ({by})"),
        "intake.complaint-merged.v1": ("与投诉 {into_number} 合并", "The complaint goes on under {into_number}"),
        "intake.settlement-confirmed.v1": ("顾客表示{satisfied}", "The complainant says: {satisfied}"),
        "intake.feedback-promoted.v1": ("由其他反馈转为投诉", "Other feedback became this complaint"),
        "intake.erasure-requested.v1": ("申请删除个人数据", "The erasure of personal data was requested"),
        "intake.erasure-confirmed.v1": ("第二位管理员确认删除个人数据", "A second administrator confirmed the erasure of personal data"),
        "intake.subject-erased.v1": ("个人数据已删除", "Personal data was erased"),
        "intake.notification-requested.v1": ("需通知：{kind}", "To be told: {kind}"),
        "intake.notification-attempted.v1": ("第 {attempt} 次发送通知：{kind}", "Attempt {attempt} to tell: {kind}"),
        "intake.notification-postponed.v1": ("第 {attempt} 次未能发出，稍后再试：{kind}", "Attempt {attempt} was not taken and is made again: {kind}"),
        "intake.notification-sent.v1": ("已通知（{medium}）：{kind}", "Told ({medium}): {kind}"),
        "intake.notification-failed.v1": ("通知未送达（{reason}）：{kind}", "Not told ({reason}): {kind}"),
        "routing.case-opened.v1": ("立案 {number}", "Case {number} was opened"),
        "routing.case-supplemented.v1": ("案件情况更新：产品 {product_code}，批次 {batch}，问题 {issue_codes}", "The case's facts: product {product_code}, batch {batch}, issues {issue_codes}"),
        "routing.case-imported.v1": ("导入历史案件 {number}", "Case {number} was imported with its history"),
        "routing.work-item-offered.v1": ("任务“{task}”送交{department}", "Work for {department}: {task}"),
        "routing.work-item-taken.v1": ("{holder_name} 领取任务", "{holder_name} took the work"),
        "routing.work-item-returned.v1": ("任务退回{department}", "The work went back to {department}"),
        "routing.work-item-handed-over.v1": ("任务由{from_department}移交{to_department}", "The work went from {from_department} to {to_department}"),
        "routing.work-item-assigned.v1": ("任务指派给 {holder_name}", "The work was given to {holder_name}"),
        "routing.work-item-reminded.v1": ("催办{department}", "{department} was reminded of the work"),
        "routing.work-item-done.v1": ("任务结束", "The work ended"),
        "routing.case-assessed.v1": ("初步评估：{severity}，{nature}，处理路径：{path}", "Assessed as {severity}, {nature}; path: {path}"),
        "routing.case-regraded.v1": ("等级：{severity_before} → {severity}", "Severity: {severity_before} → {severity}"),
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
        "capa.containment-done.v1": ("遏制措施于 {on} 完成", "Containment was done on {on}"),
        "capa.plan-proposed.v1": ("第 {round} 轮整改计划待审批", "The plan of round {round} waits for approval"),
        "capa.plan-approved.v1": ("第 {round} 轮整改计划已批准", "The plan of round {round} was approved"),
        "capa.plan-returned.v1": ("第 {round} 轮整改计划被退回", "The plan of round {round} was returned"),
        "capa.step-done.v1": ("整改步骤 {n} 于 {on} 完成，剩余 {steps_open} 步", "Step {n} was done on {on}; {steps_open} left"),
        "capa.step-extended.v1": ("整改步骤 {n} 延期至 {due_on}", "Step {n} got more time, until {due_on}"),
        "capa.step-reminded.v1": ("催办整改步骤 {n}（{owner}）", "{owner} was reminded of step {n}"),
        "capa.step-overdue.v1": ("整改步骤 {n} 逾期，升级至{escalated_to}", "Step {n} is overdue; escalated to {escalated_to}"),
        "capa.effectiveness-reviewed.v1": ("第 {round} 轮有效性评审：{verdict}", "Round {round} was reviewed: {verdict}"),
        "capa.capa-round-opened.v1": ("纠正/预防措施进入第 {round} 轮", "Corrective action begins round {round}"),
        "capa.capa-closed.v1": ("纠正/预防措施 {number} 有效并关闭", "Corrective action {number} was effective and is closed"),
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

# type: (field, Chinese, English): told so when the event has this field
VARIANTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "intake.notification-sent.v1": (
            "left_to",
            "已显示在查询页面，还须以{left_to}告知：{kind}",
            "Stands on the tracking page, and is to be told by {left_to}: {kind}",
        ),
        "routing.case-regraded.v1": ("nature", "性质：{nature_before} → {nature}", "Nature: {nature_before} → {nature}"),
        "routing.case-escalated.v1": (
            "to_person",
            "升级至{to_person}（第 {level} 级）：{clock}",
            "Escalated to {to_person} (level {level}): {clock}",
        ),
    }
)

_YES_NO: Mapping[tuple[str, bool], tuple[str, str]] = MappingProxyType(
    {
        ("accepted", True): ("接受", "accepted"),
        ("accepted", False): ("不接受", "refused"),
        ("satisfied", True): ("问题已解决", "it is settled"),
        ("satisfied", False): ("问题未解决", "it is not settled"),
        ("needed", True): ("是", "yes"),
        ("needed", False): ("否", "no"),
    }
)


def facts(kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event that its sentence needs."""
    told = (*SENTENCES.get(kind, ()), *VARIANTS.get(kind, ())[1:])
    return {name: body.get(name) for sentence in told for name in named(sentence)}


def named(sentence: str) -> list[str]:
    """The fields that stand in a sentence."""
    return [name for _, name, _, _ in Formatter().parse(sentence) if name]


def summary(kind: str, told: Mapping[str, Any], language: Language, policy: Policy | None = None) -> str:
    """The sentence; an event that has none is named by its type."""
    sentences = SENTENCES.get(kind)
    if sentences is None:
        return kind.partition(".")[2].rpartition(".v")[0].replace("-", " ")
    variant = VARIANTS.get(kind)
    if variant is not None and told.get(variant[0]) is not None:
        sentences = variant[1:]
    sentence = sentences[0 if language == "zh-CN" else 1]
    return sentence.format_map({name: _word(name, value, language, policy) for name, value in told.items()})


def _word(name: str, value: Any, language: Language, policy: Policy | None) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool):
        words = _YES_NO.get((name, value), (str(value), str(value)))
        return words[0 if language == "zh-CN" else 1]
    if isinstance(value, list):
        return joined(value, language, policy)
    return label(str(value), language, policy)
