"""All words of the language of message templates: one tag and nine filters of Django's.

Django's own words could use up all memory (``ljust``, ``lorem``, nested loops) or call a method.
"""

from django import template
from django.template import defaultfilters, defaulttags

from notifications.message.message import duration as duration_text

MAX_LINES = 20
TAGS = ("if",)
FILTERS = (
    "date",
    "default",
    "duration",
    "length",
    "lines",
    "lower",
    "truncatechars",
    "upper",
    "urlencode",
)

register = template.Library()
register.tag("if", defaulttags.do_if)
register.filter("date", defaultfilters.date)
register.filter("default", defaultfilters.default)
register.filter("length", defaultfilters.length)
register.filter("lower", defaultfilters.lower)
register.filter("truncatechars", defaultfilters.truncatechars)
register.filter("upper", defaultfilters.upper)
register.filter("urlencode", defaultfilters.urlencode)


@register.filter
def duration(seconds: object) -> str:
    """So many seconds in words, such as ``1 h 5 min``."""
    return duration_text(seconds) if isinstance(seconds, int) else ""


@register.filter
def lines(text: object, count: object) -> str:
    """The first lines of a text, at most 20."""
    wanted = min(int(str(count)), MAX_LINES)
    return "\n".join(str(text).splitlines()[: max(wanted, 0)])
