"""RSS and Atom: one entry for each incident and maintenance, with all that was said of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed

from notifications.status_pages.addresses import base_of, report_url
from notifications.status_pages.domains import host_of
from notifications.status_pages.reading import Snapshot
from notifications.status_pages.timeline import Report

MAX_ENTRIES = 50
if TYPE_CHECKING:
    Base = Feed[Report, Snapshot]
else:
    Base = Feed


class RssFeed(Base):
    """The newest 50. An entry keeps its id, and changes with each update."""

    feed_type: type[SyndicationFeed] = Rss201rev2Feed
    item_guid_is_permalink = False
    file_name = "history.rss"

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Snapshot:
        snapshot: Snapshot = kwargs["snapshot"]
        self.snapshot = snapshot
        return snapshot

    def title(self, snapshot: Snapshot) -> str:
        return f"{snapshot.page.name}: status history"

    def description(self, snapshot: Snapshot) -> str:
        return snapshot.page.about or f"Incidents and maintenance of {snapshot.page.name}"

    def subtitle(self, snapshot: Snapshot) -> str:
        return self.description(snapshot)

    def link(self, snapshot: Snapshot) -> str:
        return base_of(snapshot.page)

    def feed_url(self, snapshot: Snapshot) -> str:
        return f"{base_of(snapshot.page)}{self.file_name}"

    def feed_guid(self, snapshot: Snapshot) -> str:
        return base_of(snapshot.page)

    def items(self, snapshot: Snapshot) -> Iterable[Report]:
        newest = sorted(snapshot.reports, key=lambda one: one.changed_at, reverse=True)
        return newest[:MAX_ENTRIES]

    def item_title(self, item: Report) -> str:
        return item.title

    def item_description(self, item: Report) -> str:
        look = {"report": item, "components": self.snapshot.names_of(item)}
        return render_to_string("status/feed_entry.html", look)

    def item_link(self, item: Report) -> str:
        return report_url(self.snapshot.page, item.pk)

    def item_guid(self, item: Report) -> str:
        host = host_of(base_of(self.snapshot.page).partition("://")[2].partition("/")[0])
        return f"tag:{host},2026:incident/{item.pk}"

    def item_pubdate(self, item: Report) -> datetime:
        return item.created_at

    def item_updateddate(self, item: Report) -> datetime:
        return item.changed_at


class AtomFeed(RssFeed):
    """The same as Atom."""

    feed_type = Atom1Feed
    file_name = "history.atom"
