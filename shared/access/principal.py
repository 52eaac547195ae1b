"""Who stands behind a token? A person: two tokens of one person are one person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.contracts.vocabulary import Actor, Role


@dataclass(frozen=True, slots=True)
class Principal:
    """What a verified token says of the one who carries it."""

    token_id: UUID
    name: str
    person: str
    roles: tuple[Role, ...]
    departments: frozenset[str]
    head_of: frozenset[str]
    expires_at: datetime

    def role_among(self, allowed: Collection[Role]) -> Role | None:
        """The first of the allowed roles that this principal has; any of its own when all are allowed."""
        return next((role for role in allowed or self.roles if role in self.roles), None)

    def actor(self, role: Role | None = None) -> Actor:
        """The one who acts, in the role that allows it."""
        return Actor(person=self.person, name=self.name, role=role or self.roles[0])

    def belongs_to(self, departments: Collection[str]) -> bool:
        """Whether any of these departments is one of the principal's."""
        return not self.departments.isdisjoint(departments)
