"""Whatever order people and reactions act in: one review a complaint, one decision, and no complaint twice in an action."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.capa.capa import CAPA
from services.capa.cause_review import CAUSE_REVIEW, Cause, DecideReview, OpenReview, own_capa_id, review_id
from services.capa.commands import JoinCapa, OpenCapa, Trigger
from shared.contracts.capa import CapaComplaintAdded, CapaOpened, CauseReviewDecided, CauseReviewOpened
from shared.contracts.event import Event
from shared.contracts.vocabulary import ComplaintId
from shared.decider import Context, Decider, Invalid, NotFound, Refused
from shared.policy import shipped
from shared.testing import ANNA, NOON

COMPLAINTS = tuple(ComplaintId(uuid5(UUID(int=0), f"complaint {n}")) for n in range(3))
CAPAS = tuple(own_capa_id(complaint) for complaint in COMPLAINTS)
CONTEXT = Context(NOON, ANNA, shipped())

complaints = st.sampled_from(COMPLAINTS)


class Corrective(RuleBasedStateMachine):
    """Reviews of a few complaints, and the actions they open and join."""

    def __init__(self) -> None:
        super().__init__()
        self.streams: dict[UUID, list[Event]] = {}

    def decide(self, decider: Decider, stream_id: UUID, command: object) -> list[Event] | None:
        """What the store would append; None when refused."""
        history = self.streams.get(stream_id, [])
        try:
            return list(decider.decide(decider.fold(stream_id, history), command, CONTEXT))
        except (Refused, Invalid, NotFound):
            return None

    def append(self, stream_id: UUID, events: list[Event]) -> None:
        self.streams.setdefault(stream_id, []).extend(events)

    @rule(complaint=complaints, because=st.sampled_from(["carried_out", "closed"]))
    def handled(self, complaint, because):
        decided = self.decide(CAUSE_REVIEW, review_id(complaint), OpenReview(complaint, because))
        assert decided is not None, "a reaction is never refused"
        self.append(review_id(complaint), decided)

    @rule(
        complaint=complaints,
        needed=st.booleans(),
        join=st.none() | st.sampled_from(CAPAS),
        method=st.sampled_from(["five_why", "short"]),
        nature=st.sampled_from(["valid", "communicative", None]),
        causes=st.lists(st.just(Cause("system", "No check.")), max_size=2),
    )
    def reviewed(self, complaint, needed, join, method, nature, causes):
        """As the door does it: both streams or none."""
        command = DecideReview(complaint, method, tuple(causes), needed, join, "Because.", False, nature)
        decided = self.decide(CAUSE_REVIEW, review_id(complaint), command)
        if decided is None:
            return
        if needed:
            capa = join or own_capa_id(complaint)
            step = JoinCapa(complaint) if join else OpenCapa(Trigger("complaint"), "Leaks", "ordinary", complaints=(complaint,))
            follow_up = self.decide(CAPA, capa, step)
            if follow_up is None:
                return
            self.append(capa, follow_up)
        self.append(review_id(complaint), decided)

    @invariant()
    def a_review_is_opened_once_and_decided_at_most_once(self):
        for complaint in COMPLAINTS:
            kinds = [type(event) for event in self.streams.get(review_id(complaint), [])]
            assert kinds in ([], [CauseReviewOpened], [CauseReviewOpened, CauseReviewDecided])

    @invariant()
    def every_capa_a_decision_names_is_there_and_serves_the_complaint(self):
        for complaint in COMPLAINTS:
            for event in self.streams.get(review_id(complaint), []):
                if isinstance(event, CauseReviewDecided) and event.capa_id is not None:
                    assert complaint in self.served(event.capa_id)

    @invariant()
    def no_complaint_is_twice_in_a_capa(self):
        for capa in CAPAS:
            assert len(self.served(capa)) == len(set(self.served(capa)))

    def served(self, capa: UUID) -> list[UUID]:
        found: list[UUID] = []
        for event in self.streams.get(capa, []):
            if isinstance(event, CapaOpened):
                found.extend(event.complaints)
            if isinstance(event, CapaComplaintAdded):
                found.append(event.complaint_id)
        return found


TestCorrective = Corrective.TestCase
