"""The own domains of status pages, kept in each process for some seconds."""

import time
from dataclasses import dataclass, field

from notifications.models import StatusPage

KEPT_S = 10.0


@dataclass(slots=True)
class _Known:
    slugs: dict[str, str] = field(default_factory=dict)
    read_at_s: float = float("-inf")  # of time.monotonic()


_known = _Known()


def host_of(header: str) -> str:
    """The name in a Host header, without a port."""
    return header.strip().lower().partition(":")[0].rstrip(".")


def page_of_host(header: str) -> str:
    """The slug of the published page with this domain; '' where there is none.

    A domain that was entered is known after ten seconds at most.
    """
    if time.monotonic() - _known.read_at_s > KEPT_S:
        refresh()
    return _known.slugs.get(host_of(header), "")


def refresh() -> None:
    """Read them now."""
    rows = StatusPage.objects.published().exclude(domain="").values_list("domain", "slug")
    _known.slugs, _known.read_at_s = dict(rows), time.monotonic()


def is_known(header: str) -> bool:
    """Whether it was a domain of a page when that was last looked up; asks no database."""
    return host_of(header) in _known.slugs
