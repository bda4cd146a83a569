"""Secrets that the portal makes for itself on its first start, in files that only it can read."""

import os
import secrets
from pathlib import Path


def read_or_make(path: Path) -> str:
    """The secret kept in ``path``. Two processes that start at once agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
