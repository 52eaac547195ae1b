"""Does the code still keep what it has published? `python -m shared.contracts.check`, run by CI.

The files in `contracts/` are what consumers were promised; the golden examples are the events they keep for ever.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import orjson
from pydantic import ValidationError

from shared.contracts import CATALOGUE
from shared.contracts.generate import FOLDER, Catalogue, broken, example_file, generated
from shared.contracts.upcast import UPCASTERS, Upcaster, current, upcast

Upcasters = Mapping[str, Upcaster]


def problems(folder: Path = FOLDER, catalogue: Catalogue = CATALOGUE, upcasters: Upcasters = UPCASTERS) -> list[str]:
    """Everything that does not hold, a sentence each."""
    checks = (
        broken(folder, catalogue),
        shrunk(folder, catalogue, upcasters),
        stale(folder, catalogue),
        undecoded(folder, catalogue, upcasters),
        edited(folder),
    )
    return [problem for found in checks for problem in found]


def shrunk(folder: Path, catalogue: Catalogue, upcasters: Upcasters) -> Iterator[str]:
    """A published type that nobody can read any more."""
    for file in sorted([*folder.glob("*/*.v*.json")]):
        kind = file.stem
        if current(kind, upcasters) not in catalogue:
            yield f"{file.relative_to(folder)}: {kind} was published and no class or upcaster reads it"


def stale(folder: Path, catalogue: Catalogue) -> Iterator[str]:
    """A generated file that is not what the catalogue says today."""
    for name, content in generated(catalogue).items():
        file = folder / name
        if not file.exists():
            yield f"{name} is missing; run: python -m shared.contracts.generate"
        elif file.read_text(encoding="utf-8") != content:
            yield f"{name} is out of date; run: python -m shared.contracts.generate"


def undecoded(folder: Path, catalogue: Catalogue, upcasters: Upcasters) -> Iterator[str]:
    """A type without its golden example, or an example that today's code cannot read, or reads only in part."""
    for kind in catalogue:
        if not (folder / example_file(kind)).exists():
            yield f"{example_file(kind)} is missing; run: python -m shared.contracts.generate"
    for file in sorted((folder / "examples").glob("*.json")):
        kind, golden = file.stem, json.loads(file.read_text(encoding="utf-8"))
        cls = catalogue.get(current(kind, upcasters))
        if cls is None:
            continue  # told by shrunk
        body = upcast(kind, golden, upcasters)
        try:
            read = cls.model_validate_json(orjson.dumps(body)).model_dump(mode="json")
        except ValidationError as error:
            yield f"examples/{file.name} cannot be read any more: {error}"
            continue
        if lost := [name for name, value in body.items() if not kept(value, read.get(name))]:
            yield f"examples/{file.name}: read differently than written: {', '.join(lost)}"


def kept(written: object, read: object) -> bool:
    """All that was written is read as it was; what lies deeper may have got optional parts since, as the event itself may."""
    if isinstance(written, dict) and isinstance(read, dict):
        return all(name in read and kept(value, read[name]) for name, value in written.items())
    if isinstance(written, list) and isinstance(read, list):
        return len(written) == len(read) and all(map(kept, written, read))
    return written == read


def edited(folder: Path) -> Iterator[str]:
    """A golden example that was changed or removed after it was committed; without a git history nothing is known."""
    command = ("git", "log", "--diff-filter=DMRT", "--no-renames", "--name-only", "--format=", "HEAD", "--", "examples")
    try:
        found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)  # noqa: S603 - a fixed command
    except (OSError, subprocess.CalledProcessError):
        return
    for name in sorted(set(found.stdout.split())):
        yield f"{name} was changed or removed after it was committed; golden examples stay for ever"


def main() -> int:
    found = problems()
    if found:
        print("The published contract does not hold:", *found, sep="\n  ")
        return 1
    print(f"{len(CATALOGUE)} published events hold.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
