"""Every event of a timeline reads as a sentence in both languages."""

from __future__ import annotations

import pytest

from services.routing.summaries import SENTENCES, VARIANTS, facts, named, summary
from services.routing.views.timeline import handled
from shared.contracts import CATALOGUE
from shared.contracts.event import sealed_fields
from shared.contracts.routing import WorkItemOffered
from shared.policy import parse, shipped_content


def test_every_event_of_a_complaint_has_its_sentence():
    assert handled() == SENTENCES.keys()


@pytest.mark.parametrize("kind", sorted(SENTENCES))
def test_a_sentence_uses_fields_of_its_event_none_of_them_sealed(kind):
    open_fields = CATALOGUE[kind].model_fields.keys() - set(sealed_fields(CATALOGUE[kind]))
    for sentences in (SENTENCES[kind], VARIANTS.get(kind, ("", "", ""))[1:]):
        chinese, english = (set(named(sentence)) for sentence in sentences)
        assert chinese == english <= open_fields


def test_codes_become_words():
    body = {"round": 2, "kinds": ["repair", "apology"], "commitment": "a week", "text": "secret"}
    told = facts("routing.remedy-offered.v1", body)
    assert "text" not in told
    assert summary("routing.remedy-offered.v1", told, "en") == "Round 2 offered: repair, apology; promised: a week"
    assert summary("routing.remedy-offered.v1", told, "zh-CN") == "第 2 轮方案：维修、道歉，承诺：a week"


def test_yes_and_no_are_words():
    assert summary("routing.remedy-answered.v1", {"round": 1, "accepted": False, "medium": "phone"}, "en") == "Round 1 was refused (phone)"


def test_a_change_of_nature_is_told_as_one():
    told = facts("routing.case-regraded.v1", {"nature": "communicative", "nature_before": "valid"})
    assert summary("routing.case-regraded.v1", told, "en") == "Nature: valid → communicative"


def test_an_event_of_a_newer_version_is_named_by_its_type():
    assert summary("routing.clock-wound.v1", {}, "en") == "clock wound"


def test_a_department_of_the_organisations_own_is_called_as_its_policy_calls_it():
    content = shipped_content()
    labels = {**content["labels"], "spare_parts": {"zh": "备件部", "en": "spare parts"}}
    own = parse({**content, "labels": labels})
    told = {"task": "act", "department": "spare_parts"}
    assert "备件部" in summary(WorkItemOffered.TYPE, told, "zh-CN", own)
    assert "spare_parts" in summary(WorkItemOffered.TYPE, told, "en")
