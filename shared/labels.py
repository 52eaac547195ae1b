"""How are codes called in Chinese and in English? Codes themselves are never translated; what has no label is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from shared.policy import Policy, shipped

Language = Literal["zh-CN", "en"]

# code: (Chinese as the procedures write it, English)
_LABELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "valid": ("有效投诉", "valid"),
        "communicative": ("沟通性投诉", "communicative"),
        "received": ("已受理", "received"),
        "assessed": ("已评估", "assessed"),
        "offered": ("已提出方案", "remedy offered"),
        "refused": ("未接受", "refused"),
        "accepted": ("已接受", "accepted"),
        "remedied": ("已补救", "remedied"),
        "told": ("已反馈", "result told"),
        "closed": ("已结案", "closed"),
        "withdrawn": ("已撤诉", "withdrawn"),
        "external": ("外部解决", "with an external body"),
        "satisfied": ("顾客满意", "satisfied"),
        "recourse_exhausted": ("已无其他途径", "recourse exhausted"),
        "no_answer": ("顾客未答复", "no answer"),
        "duplicate": ("重复投诉", "duplicate"),
        "refund": ("退款", "refund"),
        "replacement": ("换货", "replacement"),
        "repair": ("维修", "repair"),
        "rework": ("返工", "rework"),
        "substitute": ("替代品", "substitute"),
        "technical_help": ("技术支持", "technical help"),
        "information": ("提供信息", "information"),
        "referral": ("转介", "referral"),
        "apology": ("道歉", "apology"),
        "goodwill": ("善意补偿", "goodwill"),
        "compensation": ("赔偿", "compensation"),
        "other": ("其他", "other"),
        "phone": ("电话", "phone"),
        "web": ("网站", "web form"),
        "email": ("电子邮件", "e-mail"),
        "letter": ("信函", "letter"),
        "fax": ("传真", "fax"),
        "visit": ("来访", "visit"),
        "dealer": ("经销商", "dealer"),
        "forum": ("座谈会", "customer forum"),
        "media": ("媒体", "media"),
        "tracking": ("查询页面", "tracking page"),
        "assess": ("初步评估", "assess"),
        "remedy": ("拟定补救方案", "find a remedy"),
        "act": ("处理", "act"),
        "inspect": ("加严检验", "tighten inspection"),
        "file": ("备案", "file"),
        "warn": ("投诉预警", "early warning"),
        "approve": ("审批", "approve"),
        "answer": ("答复", "answer"),
        "tell": ("反馈结果", "tell the result"),
        "news": ("新消息", "new message"),
        "reopened": ("重新受理", "reopened"),
        "undelivered": ("未送达", "undelivered"),
        "answered": ("已答复", "answered"),
        "declined": ("拒绝回访", "declined"),
        "very": ("很满意", "very satisfied"),
        "complainant": ("顾客", "the complainant"),
        "staff": ("工作人员", "staff"),
        "product": ("产品信息", "product"),
        "quality": ("质量", "quality"),
        "delivery": ("交付", "delivery"),
        "price": ("价格", "price"),
        "effective": ("有效", "effective"),
        "ineffective": ("无效", "ineffective"),
        "acknowledgement": ("受理回执", "acknowledgement"),
        "personal_contact": ("人工联系", "personal contact"),
        "assessment": ("初步评估", "assessment"),
        "desk_remedy": ("补救方案", "remedy by the desk"),
        "take": ("领取任务", "taking the work"),
        "early_warning": ("投诉预警", "early warning"),
        "containment": ("临时措施", "containment"),
        "plan": ("整改计划", "corrective plan"),
        "status_message": ("进展通报", "status message"),
        "telling": ("反馈结果", "telling the result"),
        "callback": ("回访", "follow-up call"),
        "effectiveness": ("效果评审", "review of the effect"),
        "inquiry": ("答复咨询", "answer to an inquiry"),
        "offer": ("补救方案", "the remedy offered"),
        "missed_promise": ("未按承诺时间办理", "a promise was not kept in time"),
        "result": ("处理结果", "the result"),
        "action_effective": ("纠正措施已见效", "the cause was removed"),
        "work_offered": ("新任务", "new work"),
        "deadline_near": ("期限临近", "a deadline is near"),
        "deadline_missed": ("期限已过", "a deadline was missed"),
        "escalated": ("升级", "escalated"),
        "unknown": ("结果不明", "result unknown"),
        "rejected": ("被拒收", "rejected"),
        "not_taken": ("邮件服务器未接收", "not taken by the mail server"),
        "bounced": ("被退回", "bounced"),
        "erased": ("个人数据已删除", "personal data erased"),
        "no_address": ("无邮箱地址", "no address"),
        "bad_address": ("邮箱地址有误", "no valid address"),
        "waiting_for_customer": ("等待顾客", "waiting for the customer"),
        "rather_not": ("较不满意", "rather not satisfied"),
        "not": ("不满意", "not satisfied"),
    }
)


def label(code: str, language: Language, policy: Policy | None = None) -> str:
    """What a code is called: by the organisation's own rules, where they name it, else by the product."""
    own = (policy or shipped()).label(code, language)
    found = _LABELS.get(code)
    return own or (code if found is None else found[0 if language == "zh-CN" else 1])


def joined(codes: list[str], language: Language, policy: Policy | None = None) -> str:
    return ("、" if language == "zh-CN" else ", ").join(label(code, language, policy) for code in codes)
