"""Whatever order people and the clock act in: no step moves without an approved plan, nobody judges their own work, an end is an end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.capa.capa import CAPA
from services.capa.commands import (
    Command,
    Contain,
    DecidePlan,
    ExtendStep,
    FinishStep,
    JoinCapa,
    LookAtSteps,
    OpenCapa,
    PlanStep,
    ProposePlan,
    RemindOwner,
    ReviewEffectiveness,
    Trigger,
)
from services.capa.state import Capa
from shared.contracts.capa import (
    CapaClosed,
    CapaRoundOpened,
    EffectivenessReviewed,
    PlanApproved,
    PlanProposed,
    PlanReturned,
    StepDone,
    StepExtended,
    StepOverdue,
    StepReminded,
)
from shared.contracts.event import Event
from shared.contracts.vocabulary import Actor, ComplaintId
from shared.decider import Context, Invalid, NotFound, Refused
from shared.policy import shipped
from shared.testing import NOON

CAPA_ID = UUID(int=1)
PEOPLE = tuple(Actor(person=name, name=name, role="quality") for name in ("a", "b", "c"))
people = st.sampled_from(PEOPLE)
days = st.integers(1, 40)
steps = st.lists(st.tuples(st.sampled_from(["a", "b", "x"]), days), min_size=1, max_size=3)


def end_of(day: int) -> tuple[date, datetime]:
    due_at = datetime(2026, 11, 20, 16, tzinfo=UTC) + timedelta(days=day)
    return due_at.date(), due_at


class Lives(RuleBasedStateMachine):
    """One action, three people, a clock that goes forward."""

    def __init__(self) -> None:
        super().__init__()
        self.history: list[Event] = []
        self.state: Capa = CAPA.initial(CAPA_ID)
        self.now = NOON

    def act(self, command: Command, who: Actor) -> None:
        context = Context(self.now, who, shipped())
        before = self.state
        try:
            decided = CAPA.decide(self.state, command, context)
        except (Refused, Invalid, NotFound):
            return
        for event in decided:
            assert before.state != "closed", "nothing follows the closing"
            stamped = event.stamped(actor=who, on_behalf_of=None, occurred_at=self.now)
            self.history.append(stamped)
            self.state = CAPA.evolve(self.state, stamped)

    @initialize()
    def opened(self) -> None:
        self.act(OpenCapa(Trigger("audit"), "Leaks", "ordinary"), PEOPLE[0])
        number = self.history[0].model_copy(update={"number": "CA-2026-0001"})
        self.history, self.state = [number], CAPA.evolve(CAPA.initial(CAPA_ID), number)

    @rule(who=people, rows=steps)
    def plans(self, who: Actor, rows: list[tuple[str, int]]) -> None:
        planned = tuple(PlanStep("Do it", "production", owner, *end_of(day)) for owner, day in rows)
        self.act(ProposePlan("n", None, "c", "r", "c", "p", planned), who)

    @rule(who=people, approved=st.booleans())
    def decides(self, who: Actor, approved: bool) -> None:
        self.act(DecidePlan(approved, "Because."), who)

    @rule(who=people, n=st.integers(1, 3))
    def does(self, who: Actor, n: int) -> None:
        self.act(FinishStep(n, self.now.date(), "Photo"), who)

    @rule(who=people, n=st.integers(1, 3), day=days)
    def extends(self, who: Actor, n: int, day: int) -> None:
        self.act(ExtendStep(n, *end_of(day), "Late."), who)

    @rule(who=people, n=st.integers(1, 3))
    def reminds(self, who: Actor, n: int) -> None:
        self.act(RemindOwner(n, "Please."), who)

    @rule(who=people, verdict=st.sampled_from(["effective", "ineffective"]))
    def reviews(self, who: Actor, verdict: str) -> None:
        self.act(ReviewEffectiveness(verdict, "Seen."), who)  # type: ignore[arg-type]  # one of the words

    @rule(who=people)
    def contains_or_joins(self, who: Actor) -> None:
        self.act(Contain(self.now.date(), "Blocked."), who)
        self.act(JoinCapa(ComplaintId(UUID(int=7))), who)

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.act(LookAtSteps(), PEOPLE[0])

    @invariant()
    def the_fold_is_the_state(self) -> None:
        assert CAPA.fold(CAPA_ID, self.history) == self.state

    @invariant()
    def steps_move_only_under_an_approved_plan(self) -> None:
        approved = False
        for event in self.history:
            if isinstance(event, PlanApproved):
                approved = True
            elif isinstance(event, PlanReturned | PlanProposed | CapaRoundOpened):
                approved = False
            elif isinstance(event, StepDone | StepExtended | StepReminded | StepOverdue | EffectivenessReviewed):
                assert approved, type(event)

    @invariant()
    def nobody_judges_their_own_work(self) -> None:
        author, owners, workers = None, set[str](), set[str]()
        for event in self.history:
            me = event.actor.person if event.actor else ""
            if isinstance(event, PlanProposed):
                author, owners, workers = me, {step.owner for step in event.steps}, set()
            elif isinstance(event, PlanApproved):
                assert me != author
            elif isinstance(event, StepDone):
                workers.add(me)
            elif isinstance(event, EffectivenessReviewed):
                assert me not in owners | workers

    @invariant()
    def a_date_is_overdue_at_most_once(self) -> None:
        told = [(event.round, event.n, event.due_on) for event in self.history if isinstance(event, StepOverdue)]
        assert len(told) == len(set(told))
        assert sum(isinstance(event, CapaClosed) for event in self.history) <= 1


TestLives = Lives.TestCase
