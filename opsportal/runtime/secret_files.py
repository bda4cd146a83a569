"""Secrets that the portal generates on its first start, in files that only it can read."""

import os
import secrets
from pathlib import Path


def read_or_create(path: Path) -> str:
    """The secret in the file ``path``, which is created with 0600 and 48 random bytes if missing.

    Two processes that start at once get the same one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
