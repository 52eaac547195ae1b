"""Which rules hold, and how are they changed? `/api/v1/policy`."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import ConfigDict, model_validator

from services.routing.clocks.words import unknown_years
from services.routing.policy_adoption import ADOPTION, MUST_HAVE, POLICY_ID, Adopt, as_json, changes
from shared.access import Principal
from shared.contracts.event import Event
from shared.decider import Context, NotFound
from shared.policy import Policy, PolicyUnknown
from shared.policy.content import Content
from shared.policy.faults import faults
from shared.policy.policies import Adopted
from shared.progress import NotCaughtUp, parse_position
from shared.service import Service
from shared.store.appender import Decided
from shared.web import Admitted, Body, Code, Day, Do, Flag, FreeText, Language, Receipt, Serving, allow, language, reply
from shared.web.problems import invalid
from shared.web.replies import Reply

router = APIRouter(prefix="/api/v1/policy", tags=["policy"])

AHEAD = timedelta(days=60)  # people are told in time that the calendar lacks next year
TOLD = ("in_force", "upcoming", "versions", "warnings", "policy", "effective_on")  # what an answer says beside the rules


class WholePolicy(Content):
    """All rules. What `GET` answers may be sent back as it is, with the rules in it changed; `version` is a name you would like."""

    model_config = ConfigDict(title="Policy")

    version: Code | None = None

    @model_validator(mode="before")
    @classmethod
    def _without_what_was_told(cls, value: Any) -> Any:
        return {name: one for name, one in value.items() if name not in TOLD} if isinstance(value, dict) else value


class AdoptionBody(Body):
    """New rules from a day on, and why. `dry_run` only says what they would change."""

    policy: WholePolicy
    effective_on: Day
    reason: FreeText
    dry_run: Flag = False

    def command(self) -> Adopt:
        rules = Content.model_validate(self.policy.model_dump(by_alias=True, exclude={"version"}))
        return Adopt(rules, self.effective_on, self.reason, self.policy.version)


class Adoption(Receipt):
    policy_version: str
    difference: list[dict[str, Any]]


@router.get("")
async def get_policy(
    who: Admitted,
    service: Serving,
    tongue: Annotated[Language, Depends(language)],
    version: Annotated[Code | None, Query(description="Another version than the one in force.")] = None,
) -> Reply:
    """The rules in force, as the policy's file has them, and what is to come."""
    now = service.clock.now()
    try:
        policy = service.policy() if version is None else service.policies.version(version)
    except PolicyUnknown:
        raise NotFound from None
    return reply(_shown(service, policy, now, tongue), version=len(service.policies.adopted))


def _shown(service: Service, policy: Policy, now: datetime, tongue: Language) -> dict[str, Any]:
    heading = {"version": policy.version, "effective_on": policy.effective_on}
    rules = as_json(policy.content)
    return {
        **heading,
        **rules,
        "policy": {**heading, **rules},
        "in_force": policy.version == service.policy().version,
        "upcoming": [_named(one) for one in service.policies.upcoming(now)],
        "versions": [_named(one) for one in service.policies.adopted],
        "warnings": unknown_years(policy.calendar.unknown_years(now, now + AHEAD), tongue),
    }


def _named(one: Adopted) -> dict[str, Any]:
    return {"version": one.policy.version, "effective_on": one.policy.effective_on, "adopted_at": one.at, "since": one.since}


@router.put("", response_model=Adoption)
async def adopt(body: AdoptionBody, who: Annotated[Principal, allow("admin")], service: Serving, do: Do) -> Reply:
    """Replaces all rules; answers what changes. In force when this answers, if from today on."""
    command = body.command()
    wrong = [(f"/policy{at}", message) for at, message in faults(command.content, MUST_HAVE)]
    if wrong:
        raise invalid(wrong)
    found = changes(service.policy(), command.content)
    if body.dry_run:
        [event] = await _tried(service, command, who)
        return reply({"policy_version": event.version, "effective_on": event.effective_on, "difference": found, "dry_run": True})  # type: ignore[attr-defined]  # the one event of this decision

    def told(decided: Decided) -> dict[str, Any]:
        return {"policy_version": decided.events[0].version, "difference": found}  # type: ignore[attr-defined]  # as above

    done = await do.decided(ADOPTION, POLICY_ID, command, answer=told)
    await _in_force(service, done.position)
    return reply(done.body, done.status, version=done.version)


async def _tried(service: Service, command: Adopt, who: Principal) -> tuple[Event, ...]:
    """The decision without its effect."""
    history = await service.store.stream(POLICY_ID)
    adoptions = ADOPTION.fold(POLICY_ID, (envelope.data for envelope in history))
    return tuple(ADOPTION.decide(adoptions, command, Context.under(service.policies, service.clock.now(), who.actor())))


async def _in_force(service: Service, position: str | None) -> None:
    """Waits until this service decides by it; what is slower than that follows by itself."""
    if position is not None:
        with suppress(NotCaughtUp):
            await service.progress.caught_up([parse_position(position, service.settings.partitions)])
