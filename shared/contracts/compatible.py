"""May this version of an event take the place of that one? Consumers replay everything, so the answer must hold for ever.

Nothing is removed, renamed, retyped or tightened, and a new field is optional. What was allowed before must still be
allowed and must still mean the same; allowing more is fine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.contracts.schema import Schema, alternatives

LIMITS = frozenset(
    {"format", "pattern", "const", "uniqueItems", "multipleOf", "minLength", "minimum", "exclusiveMinimum", "minItems",
     "maxLength", "maximum", "exclusiveMaximum", "maxItems"}
)  # fmt: skip


def breaks(old: Schema, new: Schema) -> list[str]:
    """What an event written after `old` could no longer rely on under `new`: a sentence each, none when it may stand."""
    before, after = old.get("$defs", {}), new.get("$defs", {})
    compare = _Comparison(before, after)
    found = list(compare.fields("", old, new))
    for name in before.keys() & after.keys():  # each definition once, so that one which refers to itself ends
        found.extend(compare.form(name, before[name], after[name]))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class _Comparison:
    before: Schema
    after: Schema

    def fields(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        had, has = old.get("properties", {}), new.get("properties", {})
        required = set(new.get("required", ()))
        for name, schema in had.items():
            if name not in has:
                yield f"{at}/{name} was removed or renamed"
                continue
            optional = name not in old.get("required", ())
            if optional and name in required:
                yield f"{at}/{name} was optional and is now required"
            elif optional and schema.get("default") != has[name].get("default"):
                yield f"{at}/{name} has another default: events without it would change their meaning"
            yield from self.value(f"{at}/{name}", schema, has[name])
        for name in sorted(has.keys() - had.keys() & required):
            yield f"{at}/{name} is new and required; a new field is optional"
        yield from self.further(at, old.get("additionalProperties", True), new.get("additionalProperties", True))

    def further(self, at: str, old: Schema | bool, new: Schema | bool) -> Iterator[str]:
        """Fields without a name of their own."""
        if new is False and old is not False:
            yield f"{at or '/'} no longer takes further fields"
        elif isinstance(new, dict) and old is not False:
            yield from self.value(f"{at}/*", old if isinstance(old, dict) else {}, new)

    def value(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        if ("x-sealed" in old) != ("x-sealed" in new):
            yield f"{at} was {'sealed' if 'x-sealed' in old else 'in clear'} and is no longer"
            return
        if "x-sealed" in old:
            yield from self.value(f"{at} (inside)", old["x-sealed"], new["x-sealed"])
        for choice in alternatives(old):
            attempts = [list(self.form(at, choice, other)) for other in alternatives(new)]
            if all(attempts):
                yield from min(attempts, key=len)

    def form(self, at: str, old: Schema, new: Schema) -> Iterator[str]:
        """One form a value could take, against one it may take now."""
        if "$ref" in old and old["$ref"] == new.get("$ref"):
            return
        old, new = _resolved(old, self.before), _resolved(new, self.after)
        kinds = (old.get("type"), new.get("type"))
        if kinds[1] is None and "enum" not in new:
            return
        if kinds[0] != kinds[1] and kinds != ("integer", "number"):
            yield f"{at} was {kinds[0] or 'anything'} and is now {kinds[1]}"
            return
        yield from _limits(at, old, new)
        if kinds[0] == "object":
            yield from self.fields(at, old, new)
        if "items" in new:
            yield from self.value(f"{at}[]", old.get("items", {}), new["items"])


def _limits(at: str, old: Schema, new: Schema) -> Iterator[str]:
    if "enum" in new and "enum" not in old:
        yield f"{at} is now limited to {', '.join(map(str, new['enum']))}"
    elif "enum" in new and (gone := [value for value in old["enum"] if value not in new["enum"]]):
        yield f"{at} no longer allows {', '.join(map(str, gone))}"
    for word in sorted(LIMITS & new.keys()):
        if not _as_wide(word, old.get(word), new[word]):
            yield f"{at} was tightened: {word} {old.get(word, 'unlimited')} became {new[word]}"


def _as_wide(word: str, old: Any, new: Any) -> bool:
    if old is None or old == new:
        return bool(old == new)
    if word.lower().startswith(("min", "exclusivemin")):
        return bool(new <= old)
    return word.lower().startswith(("max", "exclusivemax")) and bool(new >= old)


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = definitions.get(schema["$ref"].rpartition("/")[2], {})
    return found
