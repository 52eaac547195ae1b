"""Which words does the report of an action use, in Chinese as the procedures write them, and in English?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.labels import Language

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("纠正/预防措施报告", "Corrective and preventive action report"),
        "state": ("状态", "State"),
        "severity": ("严重程度", "Severity"),
        "trigger": ("来源", "Trigger"),
        "product": ("产品", "Product"),
        "issue": ("问题", "Issue"),
        "opened_at": ("开立时间", "Opened"),
        "none": ("无", "none"),
        "unknown": ("未知", "unknown"),
        "gone": ("（已删除）", "(erased)"),
        "team": ("小组", "Team"),
        "role": ("角色", "Role"),
        "who": ("人员", "Who"),
        "owner_department": ("负责部门", "Owner department"),
        "author": ("方案编制", "Plan written by"),
        "approver": ("方案审批", "Plan decided by"),
        "step_owner": ("步骤负责人", "Step owner"),
        "reviewer": ("效果评审", "Effect reviewed by"),
        "problem": ("不合格描述", "Nonconformity"),
        "complaints": ("相关投诉", "Complaints"),
        "round": ("轮次", "Round"),
        "returned_quantity": ("退货数量", "Returned quantity"),
        "no_plan": ("尚无方案。", "There is no plan yet."),
        "containment": ("临时措施", "Containment"),
        "planned": ("方案所列", "as planned"),
        "none_recorded": ("尚无记录。", "Nothing is recorded yet."),
        "root_cause": ("根本原因", "Root cause"),
        "corrective": ("纠正措施", "Corrective action"),
        "proposed_by": ("编制", "Proposed by"),
        "approved": ("已批准", "Approved"),
        "returned": ("已退回", "Returned"),
        "awaiting_approval": ("待审批。", "It waits for its approval."),
        "steps": ("实施", "Implementation"),
        "time_control_table": ("整改时控表", "Time-control table"),
        "n": ("序号", "No."),
        "what": ("内容", "What"),
        "department": ("部门", "Department"),
        "owner": ("负责人", "Owner"),
        "due_on": ("期限", "Due"),
        "evidence": ("证据", "Evidence"),
        "preventive": ("预防措施", "Preventive action"),
        "closing": ("效果评审与关闭", "Review of the effect and closing"),
        "effective": ("有效", "effective"),
        "ineffective": ("无效", "not effective"),
        "not_reviewed": ("尚未评审效果。", "The effect is not reviewed yet."),
        "closed_at": ("关闭时间", "Closed"),
    }
)
CAPA_STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "planning": ("策划中", "in planning"),
        "awaiting_approval": ("待审批", "awaiting approval"),
        "in_work": ("实施中", "in work"),
        "awaiting_review": ("待评审", "awaiting review"),
        "closed": ("已关闭", "closed"),
    }
)
STEP_STATES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"open": ("未完成", "open"), "done": ("已完成", "done"), "overdue": ("逾期", "overdue")}
)
CAUSE_LEVELS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "occurrence": ("发生原因", "why it occurred"),
        "non_detection": ("流出原因", "why it was not detected"),
        "system": ("体系原因", "why the system allowed it"),
    }
)
METHODS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "five_why": ("五问法", "five whys"),
        "fishbone": ("鱼骨图", "fishbone diagram"),
        "8d": ("8D", "8D"),
        "short": ("简表", "short form"),
        "other": ("其他", "another method"),
    }
)
TRIGGERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "complaint": ("投诉", "complaint"),
        "trend": ("异常趋势", "abnormal trend"),
        "survey": ("满意度调查", "survey"),
        "claim": ("索赔", "claim"),
        "audit": ("审核", "audit"),
        "warning": ("投诉预警", "early warning"),
        "property": ("顾客财产", "customer property"),
        "other": ("其他", "other"),
    }
)


def words(language: Language) -> Mapping[str, str]:
    """All words of the page in one language."""
    return said(_WORDS, language)


def said(terms: Mapping[str, tuple[str, str]], language: Language) -> Mapping[str, str]:
    return {code: pair[0 if language == "zh-CN" else 1] for code, pair in terms.items()}
