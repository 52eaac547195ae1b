"""What is an event, and which of its fields are sealed?

An event class is frozen, past tense, and carries its versioned wire name. Registration is explicit: the module's
`EVENTS` tuple, gathered by `shared.contracts.CATALOGUE`.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Annotated, Any, ClassVar, Self, TypeVar, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contracts.vocabulary import Actor

_set = object.__setattr__  # past the frozen model's own

T = TypeVar("T")
E = TypeVar("E", bound="type[Event]")


class Ciphertext(BaseModel):
    """A sealed value as it stands in the store and on the log: whose key opens it, and nonce + ciphertext in base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: UUID
    sealed: str


class _SealedMark:
    """Marks a field whose value is encrypted when the event gets its bytes, after the decision."""


SEALED = _SealedMark()
Sealed = Annotated[T | Ciphertext, SEALED]


class Event(BaseModel):
    """Something that happened. `actor`, `on_behalf_of` and `occurred_at` are stamped when the decision is recorded."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    TYPE: ClassVar[str] = ""
    VERSION: ClassVar[int] = 1

    actor: Actor | None = None
    on_behalf_of: str | None = None
    occurred_at: AwareDatetime | None = None

    def __copy__(self) -> Self:
        """pydantic's own also looks after extras and private attributes, in twice the time; an event has neither."""
        made = type(self).__new__(type(self))
        _set(made, "__dict__", self.__dict__.copy())
        _set(made, "__pydantic_fields_set__", self.__pydantic_fields_set__.copy())
        _set(made, "__pydantic_extra__", None)
        _set(made, "__pydantic_private__", None)
        return made

    def stamped(self, *, actor: Actor, on_behalf_of: str | None, occurred_at: datetime) -> Event:
        """The same event with who did it and when."""
        return self.model_copy(update={"actor": actor, "on_behalf_of": on_behalf_of, "occurred_at": occurred_at})


def event(wire_name: str) -> Callable[[E], E]:
    """Gives an event class its name on the wire, `<service>.<what-happened>.v<n>`."""
    stem, _, version = wire_name.rpartition(".v")
    if not stem or not version.isdigit():
        raise ValueError(f"{wire_name!r} is not of the form service.what-happened.v1")

    def name(cls: E) -> E:
        cls.TYPE = wire_name
        cls.VERSION = int(version)
        return cls

    return name


def sealed_fields(cls: type[Event]) -> Iterator[str]:
    """The names of the fields whose values leave this process only as ciphertext."""
    for name, field in cls.model_fields.items():
        if any(isinstance(mark, _SealedMark) for mark in field.metadata) or _has_mark(field.annotation):
            yield name


def _has_mark(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin is Annotated:
        return any(isinstance(mark, _SealedMark) for mark in get_args(annotation))
    if origin is Union or isinstance(annotation, types.UnionType):
        return any(_has_mark(part) for part in get_args(annotation))
    return False
