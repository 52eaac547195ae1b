"""Tightened inspection: from a quality complaint until it is lifted, with what it caught (RT-5)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from services.routing.inspection import INSPECTION, Lift, RecordCatch, Tighten, inspection_of
from services.routing.tests.road import CASE_ID, TODAY
from shared.contracts.routing import InspectionCatch, InspectionLifted, InspectionTightened
from shared.contracts.vocabulary import ComplaintId
from shared.testing import happened, scenario

ID = inspection_of("P-20", "B2291")
given = scenario(INSPECTION, ID)
tighten = Tighten(CASE_ID, "P-20", "B2291")
tightened = InspectionTightened(inspection_id=ID, complaint_id=CASE_ID, product_code="P-20", batch="B2291")
lifted = InspectionLifted(inspection_id=ID, reason="Three clean batches.")
catch = RecordCatch(3, TODAY, "Seals cracked.")


def test_a_complaint_tightens_inspection_of_its_product_and_batch():
    given().when(tighten).then(tightened)


def test_it_is_tightened_once_until_it_is_lifted():
    given(tightened).when(Tighten(ComplaintId(uuid4()), "P-20", "B2291")).nothing()
    again = ComplaintId(uuid4())
    given(tightened, lifted).when(Tighten(again, "P-20", "B2291")).then(happened(InspectionTightened, complaint_id=again))


def test_what_it_catches_is_on_record():
    given(tightened).when(catch).then(happened(InspectionCatch, quantity=3, on=TODAY, text="Seals cracked."))
    given(tightened).when(RecordCatch(3, TODAY + timedelta(days=2), "Tomorrow's.")).invalid("/on")


def test_it_is_lifted_with_a_reason():
    given(tightened).when(Lift("Three clean batches.")).then(lifted)


def test_what_is_lifted_catches_nothing():
    for command in (catch, Lift("Again.")):
        given(tightened, lifted).when(command).refused("inspection-lifted")


def test_what_was_never_tightened_is_not_found():
    for command in (catch, Lift("Why.")):
        given().when(command).not_found()
