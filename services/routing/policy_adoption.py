"""How does the organisation change its rules? By adopting a whole new version, from a day on; nothing that was is touched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.routing import PolicyAdopted
from shared.decider import Context, Decider, Invalid
from shared.policy import Policy, shipped
from shared.policy.content import Content
from shared.policy.difference import Change, difference
from shared.policy.faults import faults

POLICY_ID = uuid5(NAMESPACE_URL, "redress/policy")
MUST_HAVE = frozenset(shipped().departments)  # the procedures name them, and cases may stand in any of them

_NUMBERED = re.compile(r"^(.*?)(\d+)$")


@dataclass(frozen=True, slots=True)
class Adoptions:
    """The names that are taken."""

    versions: tuple[str, ...] = (shipped().version,)


@dataclass(frozen=True, slots=True)
class Adopt:
    """`version` is a wish: when it is taken the next free name is given."""

    content: Content
    effective_on: date
    reason: str
    version: str | None = None


def adopt(adoptions: Adoptions, command: Adopt, context: Context) -> Sequence[Event]:
    if command.effective_on < context.now.astimezone(context.policy.zone).date():
        raise Invalid("/effective_on", "Rules hold from today or from a later day; what was decided stays as it was.")
    for at, message in faults(command.content, MUST_HAVE):
        raise Invalid(f"/policy{at}", message)
    return (
        PolicyAdopted(
            version=named(command.version or adoptions.versions[-1], adoptions.versions),
            effective_on=command.effective_on,
            policy=as_json(command.content),
            reason=command.reason,
        ),
    )


def named(wish: str, taken: Sequence[str]) -> str:
    """The wish, or the next name like it that is free: after `acme.1` comes `acme.2`."""
    name = wish
    while name in taken:
        match = _NUMBERED.match(name)
        name = f"{name}.2" if match is None else f"{match[1]}{int(match[2]) + 1}"
    return name


def as_json(content: Content) -> dict[str, Any]:
    """A policy's rules as everybody reads them: durations and dates in words."""
    return content.model_dump(mode="json", by_alias=True)


def changes(before: Policy, after: Content) -> list[Change]:
    """What another content would change."""
    return difference(as_json(before.content), as_json(after))


def evolve(adoptions: Adoptions, event: Event) -> Adoptions:
    match event:
        case PolicyAdopted(version=version):
            return replace(adoptions, versions=(*adoptions.versions, version))
        case _:
            return adoptions


def initial(stream_id: UUID) -> Adoptions:
    return Adoptions()


ADOPTION: Decider[Adoptions, Adopt] = Decider("policy", initial, adopt, evolve)
