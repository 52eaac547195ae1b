"""What do we publish? Writes `contracts/` from the catalogue: `python -m shared.contracts.generate`.

Refuses to overwrite a published event with one that would not be compatible. A golden example is made once per type and
version and never touched again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.contracts import CATALOGUE
from shared.contracts.asyncapi import asyncapi
from shared.contracts.compatible import breaks
from shared.contracts.event import Event
from shared.contracts.example import example
from shared.contracts.schema import wire_schema

FOLDER = Path(__file__).parents[2] / "contracts"
Catalogue = Mapping[str, type[Event]]


def schema_file(kind: str) -> str:
    return f"{kind.partition('.')[0]}/{kind}.json"


def example_file(kind: str) -> str:
    return f"examples/{kind}.json"


def text(content: Any) -> str:
    """One fixed form, so that a difference in a file is a difference in the contract."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def generated(catalogue: Catalogue = CATALOGUE) -> dict[str, str]:
    """Every generated file's content by its path in the folder; examples are not among them, they are made once."""
    files = {schema_file(kind): text(wire_schema(cls)) for kind, cls in catalogue.items()}
    return files | {"asyncapi.json": text(asyncapi(catalogue))}


def broken(folder: Path, catalogue: Catalogue = CATALOGUE) -> list[str]:
    """What the catalogue would break of the events published in the folder."""
    found: list[str] = []
    for kind, cls in catalogue.items():
        published = folder / schema_file(kind)
        if published.exists():
            found.extend(f"{kind}: {problem}" for problem in breaks(json.loads(published.read_text(encoding="utf-8")), wire_schema(cls)))
    return found


def write(folder: Path = FOLDER, catalogue: Catalogue = CATALOGUE) -> list[str]:
    """Brings the folder up to date and answers what was written."""
    files = generated(catalogue)
    for kind, cls in catalogue.items():
        if not (folder / example_file(kind)).exists():
            files[example_file(kind)] = text(example(wire_schema(cls)))
    written = []
    for name, content in sorted(files.items()):
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
            written.append(name)
    return written


def main() -> int:
    if problems := broken(FOLDER):
        print("Published events may not change so; give the event a new version and the old one an upcaster:", *problems, sep="\n  ")
        return 1
    for name in write():
        print(f"contracts/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
