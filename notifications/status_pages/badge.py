"""The state of a page as a small picture for other sites."""

from django.template.loader import render_to_string

from notifications.choices import ReportImpact
from notifications.status_pages.reading import Snapshot

LOOKS = {
    ReportImpact.NONE: ("operational", "#1a7f4b"),
    ReportImpact.MAINTENANCE: ("maintenance", "#4c5fd5"),
    ReportImpact.MINOR: ("disrupted", "#946200"),
    ReportImpact.MAJOR: ("partial outage", "#b5471b"),
    ReportImpact.CRITICAL: ("major outage", "#c0262d"),
}
CHAR_PX, PADDING_PX = 6.6, 9  # of Verdana and its like at 11 px, roughly


def svg(snapshot: Snapshot) -> str:
    """An SVG of 20 px height: the name, and in words how it is."""
    words, colour = LOOKS[snapshot.impact]
    name = snapshot.page.title
    left, right = (round(len(text) * CHAR_PX) + 2 * PADDING_PX for text in (name, words))
    look = {
        "name": name,
        "words": words,
        "colour": colour,
        "left": left,
        "right": right,
        "width": left + right,
        "name_at": left / 2,
        "words_at": left + right / 2,
    }
    return render_to_string("status/badge.svg", look)
