"""What does one policy change against another? Each place with what stood there and what will."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Change = dict[str, Any]


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Of two policies as JSON; equal ones differ nowhere."""
    return list(_between("", before, after))


def _between(at: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys((*before, *after)):
            yield from _between(f"{at}/{_escaped(name)}", before.get(name), after.get(name))
    elif _plain_list(before) and _plain_list(after):
        gone = [value for value in before if value not in after]
        new = [value for value in after if value not in before]
        yield {"at": at, "removed": gone, "added": new} if gone or new else {"at": at, "before": before, "after": after}
    elif isinstance(before, list) and isinstance(after, list):
        for n in range(max(len(before), len(after))):
            yield from _between(f"{at}/{n}", *(of[n] if n < len(of) else None for of in (before, after)))
    else:
        yield {"at": at, "before": before, "after": after}


def _plain_list(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(one, (list, Mapping)) for one in value)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
