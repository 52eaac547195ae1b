"""Which words do the pages use, in Chinese and in English?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.web.language import Language

_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("Redress：按 ISO 10002 处理投诉", "Redress: complaints handled after ISO 10002"),
        "lead": (
            "受理各渠道的投诉，按时限送达责任部门，证明原因已消除，回访顾客，并用数据说明全貌。",
            "Takes in complaints by any channel, brings each to the department that must act while its clock runs, proves that the cause was removed, asks the customer, and shows what it all says.",
        ),
        "skip": ("跳到正文", "Skip to the content"),
        "other_language": ("English", "中文"),
        "running": ("正在运行", "What runs"),
        "service": ("服务", "Service"),
        "does": ("职责", "What it does"),
        "calls": ("接口", "Calls"),
        "events": ("已记录事件", "Events recorded"),
        "intake": ("受理投诉与反馈，编号、加密、告知收到，并提供凭号查询。", "Takes in complaints, numbers, seals and acknowledges them, and answers those who ask by number."),
        "routing": ("把投诉送到部门队列，走完评估、方案、执行、验证与办结。", "Brings each complaint to a department's queue and through assessment, remedy, verification and closing."),
        "capa": ("查明原因，开立并跟踪纠正/预防措施。", "Finds the cause, and opens and follows corrective and preventive action."),
        "survey": ("办结后由未经手的人员回访。", "Calls the customer back after closing, by nobody who handled the case."),
        "reporting": ("由事件日志得出月报、年报和查询。", "Folds the log into monthly and annual reports, and answers queries."),
        "health": ("运行状态", "Readiness"),
        "token": ("取得令牌", "How to get a token"),
        "token_text": (
            "首次启动时，管理员令牌写入数据文件夹的 admin.token（权限 0600），启动时会显示其路径。用它为每个人签发各自的令牌：",
            "At first start the administrator's token was written to admin.token in the data folder (mode 0600); the start prints its path. With it, issue everybody a token of their own:",
        ),
        "try": ("试一试", "What to try next"),
        "try_report": ("一个月的汇总", "A month's summary"),
        "try_query": ("按客户和月份查询", "Complaints by month and customer"),
        "try_post": ("登记一件投诉", "Post a complaint"),
        "reference": ("接口参考", "API reference"),
        "openapi": ("OpenAPI 文档", "OpenAPI document"),
        "asyncapi": ("AsyncAPI 文档（事件）", "AsyncAPI document (events)"),
        "month_of": ("演示数据的最后一个完整月份", "The demo data's last full month"),
        "filling": ("演示数据正在导入，稍后刷新本页即可看到数字。", "The demo data is being taken in; load this page again in a little while to see its figures."),
        "need_token": ("本组织的数字需凭令牌查看。", "This organisation's figures are shown to those with a token."),
        "received": ("收到", "Received"),
        "closed": ("办结", "Closed"),
        "open_at_end": ("期末未结", "Open at the end"),
        "reopened": ("重开", "Reopened"),
        "totals": ("合计", "Totals"),
        "definitions": ("这些数字的含义", "What these figures mean"),
        "issues": ("主要问题", "Most frequent issues"),
        "customers": ("主要客户", "Customers with most complaints"),
        "issue": ("问题", "Issue"),
        "customer": ("客户", "Customer"),
        "count": ("件数", "Number"),
        "share": ("占比", "Share"),
        "previous": ("上月", "Month before"),
        "last_year": ("上年同月", "A year before"),
        "none": ("（无）", "(none)"),
        "trend": ("每月收到的投诉", "Complaints received per month"),
        "trend_desc": ("每月一根柱，从零起；未完结的月份为空心。数值见下表。", "One bar a month, from zero; incomplete months are hollow. The table below has the figures."),
        "table_twin": ("以表格显示", "As a table"),
        "month": ("月份", "Month"),
        "complete": ("完整", "Complete"),
        "yes": ("是", "yes"),
        "no": ("否", "no"),
        "gap": ("无数据", "not covered"),
        "as_of": ("截至", "As of"),
        "several": ("一件投诉可涉及多个问题，在每个问题下各计一次，合计可大于总数。", "A complaint counts once under each issue it raises, so the column may exceed the total."),
        "manual_clock": ("手动时钟：现在是", "The clock is moved by hand. It stands at"),
        "back": ("首页", "Home"),
        "reference_lead": (
            "本机提供的全部接口，由 OpenAPI 文档生成。正文为英文。",
            "All calls this address answers, made from the OpenAPI document.",
        ),
        "every_call": ("每个接口都接受", "Every call takes"),
        "parameters": ("参数", "Parameters"),
        "body": ("请求正文", "Body"),
        "answer": ("应答", "Answer"),
        "field": ("字段", "Field"),
        "type": ("类型", "Type"),
        "required": ("必填", "required"),
        "meaning": ("说明", "Meaning"),
        "needs_token": ("需要令牌", "needs a token"),
        "no_token": ("无需令牌", "no token"),
    }
)  # fmt: skip


def words(language: Language) -> Mapping[str, str]:
    """All of them in one language."""
    return {name: both[0 if language == "zh-CN" else 1] for name, both in _WORDS.items()}
