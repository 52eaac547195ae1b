"""What does a service's schema lack that its views need? Writes the migration.

    python -m shared.postgres.revise SERVICE "what changes"

Compares the tables the code describes with a database migrated so far, which stands in a folder of its own for that long.
"""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic.autogenerate import RevisionContext, compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData

from shared.cannot_start import CannotStart
from shared.contracts.vocabulary import SERVICES
from shared.keys import Keys
from shared.postgres.connect import Dsn
from shared.postgres.embedded import EmbeddedPostgres
from shared.postgres.history import HISTORIES, History, begin, in_history
from shared.postgres.migrate import migrate


def described(service: str) -> MetaData:
    """The tables a service's views describe."""
    views = importlib.import_module(f"services.{service}.views")
    for module in pkgutil.iter_modules(views.__path__, f"{views.__name__}."):
        importlib.import_module(module.name)
    metadata: MetaData = importlib.import_module(f"services.{service}.schema").metadata
    return metadata


async def differences(owner: Dsn, service: str) -> list[Any]:
    """What differs between the database and what the views describe; nothing, when every view has its migration."""
    history = _history(service)

    def compare(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts=_options(history))
        return list(compare_metadata(context, described(service)))

    async with begin(owner, history) as connection:
        return await connection.run_sync(compare)


async def revise(service: str, message: str) -> Path | None:
    """The new migration's file; None when there is nothing to change."""
    history = _history(service)
    keys = Keys.generate()
    with tempfile.TemporaryDirectory(prefix="redress-revise-") as folder:
        server = await EmbeddedPostgres.start(Path(folder), keys, options={"fsync": "off"})
        try:
            await migrate(server.owner, keys, 1)
            async with begin(server.owner, history) as connection:
                return await connection.run_sync(_write, history, message)
        finally:
            await server.stop()


def _write(connection: Connection, history: History, message: str) -> Path | None:
    scripts = history.scripts()
    number = f"{int(scripts.get_current_head() or '0') + 1:04}"
    arguments = {
        "message": message, "autogenerate": True, "rev_id": number,
        "sql": False, "head": "head", "splice": False, "branch_label": None, "version_path": None, "depends_on": None,
    }  # fmt: skip
    revision = RevisionContext(Config(), scripts, arguments)

    def steps(current: tuple[str, ...], context: MigrationContext) -> list[Any]:
        revision.run_autogenerate(current, context)
        return []

    in_history(connection, history, steps, target_metadata=described(history.schema), **_options(history))
    directives = revision.generated_revisions[0]
    if directives.upgrade_ops is None or directives.upgrade_ops.is_empty():
        return None
    return _tidied(next(Path(script.path) for script in revision.generate_scripts() if script is not None))


def _tidied(file: Path) -> Path:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")
    for command in (["check", "--quiet", "--fix"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, file], check=True)  # noqa: S603  # a fixed command
    return file


def _options(history: History) -> dict[str, Any]:
    """The kernel's tables are none of the views' business."""
    kernel = history.tables() | {"alembic_version"}

    def ours(name: str | None, kind: str, _: object) -> bool:
        return not (kind == "table" and name in kernel)

    return {"include_name": ours, "compare_type": True, "compare_server_default": True}


def _history(service: str) -> History:
    return next(history for history in HISTORIES if history.schema == service)


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in SERVICES:
        print(f'usage: python -m shared.postgres.revise {{{",".join(SERVICES)}}} "what changes"', file=sys.stderr)
        sys.exit(2)
    try:
        file = asyncio.run(revise(*sys.argv[1:]))
    except CannotStart as trouble:
        sys.exit(trouble.sentence)
    print(file or "nothing to change")


if __name__ == "__main__":
    main()
