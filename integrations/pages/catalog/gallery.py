"""The gallery of templates, and their logos."""

from collections import Counter
from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from incidents.views.base import SignedInRequest
from integrations.catalog import all_templates
from integrations.catalog.template import Template
from integrations.models import Integration
from integrations.pages.access import administers
from opsportal.lib import pages

Kind = Integration.Kind
MAX_RECENT = 6
MAX_ROWS_READ = 100


@administers
def gallery(request: SignedInRequest) -> HttpResponse:
    """Every template as a card, by name; the cards that the search does not match are hidden."""
    query = request.GET.get("q", "")
    words, category = query.lower().split(), request.GET.get("category", "")
    templates = [t for t in all_templates().values() if t.kind == Kind.API]
    cards = [
        {"template": t, "words": t.words, "is_hidden": not t.fits(words, category)}
        for t in sorted(templates, key=lambda template: _rank(template, words))
    ]
    context = {
        "title": "Add an API integration",
        "cards": cards,
        "count": sum(not card["is_hidden"] for card in cards),
        "categories": sorted(Counter(template.category for template in templates).items()),
        "category": category,
        "recent": _recent(),
        "is_narrowed": bool(words or category),
    }
    return pages.render_page(request, "integrations/gallery.html", context)


@cache_control(max_age=86_400, public=True)
def logo(request: HttpRequest, slug: str) -> HttpResponse:
    """The logo of a template, with a policy that lets an SVG run no script."""
    template = all_templates().get(slug)
    if template is None or template.logo is None:
        raise Http404
    answer = HttpResponse(template.logo.read_bytes(), content_type="image/svg+xml")
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _rank(template: Template, words: Sequence[str]) -> int:
    """0 for names that start with the first word, 1 for words of the name; as in gallery.js."""
    if not words:
        return 0
    name = template.name.lower()
    if name.startswith(words[0]):
        return 0
    return 1 if f" {words[0]}" in name else 2


def _recent() -> list[Template]:
    """The templates of the newest integrations, each once."""
    rows = Integration.objects.filter(kind=Kind.API).order_by("-pk")
    slugs = dict.fromkeys(rows.values_list("template", flat=True)[:MAX_ROWS_READ])
    known = all_templates()
    found = [known[slug] for slug in slugs if slug in known and known[slug].kind == Kind.API]
    return found[:MAX_RECENT]
