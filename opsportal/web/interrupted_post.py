"""A POST that met the login or a stale token: kept in the page, and repeated by a button of it.

It is kept signed in the browser and nowhere else: whoever is not logged in can store nothing here.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.core import signing
from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict

SALT = "opsportal.interrupted_post"
MAX_AGE_S = 24 * 3600
# More than anybody types. To sign it costs whoever is not logged in no more than this.
MAX_KEPT_BYTES = 1024 * 1024
MAX_SHOWN_CHARS = 300
FIELD = "interrupted"
TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field
SECRET = re.compile(r"passw|secret|token|key|code|config", re.IGNORECASE)


class NotKept(ValueError):
    """What was kept is damaged, too old, or not ours."""


@dataclass(frozen=True, slots=True)
class InterruptedPost:
    """What a form sent: its path on this portal, its fields in order, the names of its files."""

    path: str
    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()
    is_too_large: bool = False

    @classmethod
    def of(cls, request: HttpRequest) -> "InterruptedPost":
        """What this request sent, without its CSRF token."""
        fields = tuple(_pairs(request.POST))
        size = sum(len(name) + len(value) for name, value in fields)
        files = tuple(name for name, found in request.FILES.lists() if any(found))
        path = request.get_full_path()
        if size > MAX_KEPT_BYTES:
            return cls(path, files=files, is_too_large=True)
        return cls(path, fields, files)

    @classmethod
    def load(cls, text: str) -> "InterruptedPost":
        """What ``dump`` wrote in the last 24 hours. Raises NotKept."""
        try:
            kept = signing.loads(text, salt=SALT, max_age=MAX_AGE_S)
            fields = tuple((str(name), str(value)) for name, value in kept["fields"])
            return cls(kept["path"], fields, tuple(kept["files"]), kept["is_too_large"])
        except (signing.BadSignature, KeyError, TypeError, ValueError) as error:
            raise NotKept(text[:20]) from error

    def dump(self) -> str:
        """Signed: nobody else can make the portal ask for something."""
        kept = {
            "path": self.path,
            "fields": self.fields,
            "files": self.files,
            "is_too_large": self.is_too_large,
        }
        return signing.dumps(kept, salt=SALT, compress=True)

    @property
    def is_bare(self) -> bool:
        """Whether the address says everything: no field was sent along, and no file."""
        return not (self.fields or self.files or self.is_too_large)

    @property
    def shown(self) -> list[tuple[str, str]]:
        """The fields as a person may check them: cut, and without what is secret."""
        return [
            (name, "••••••" if SECRET.search(name) else _cut(value))
            for name, value in self.fields
            if value.strip() and name != "next"
        ]

    @property
    def title(self) -> str:
        """What the last word of the address asks for: Acknowledge, Resolve, Bulk."""
        words = [part for part in self.path.partition("?")[0].split("/") if not part.isdecimal()]
        return next((word for word in reversed(words) if word), "").replace("-", " ").capitalize()


def _pairs(posted: MultiValueDict[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in posted.lists()
        for value in values
        if name not in (TOKEN_FIELD, FIELD)
    ]


def _cut(value: str) -> str:
    return value if len(value) <= MAX_SHOWN_CHARS else f"{value[:MAX_SHOWN_CHARS]}…"
