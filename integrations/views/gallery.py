"""The gallery of templates, and their pictures."""

from django.http import Http404, HttpResponse
from django.views.decorators.cache import cache_control

from incidents import frame
from integrations.catalog import all_templates
from integrations.views.access import administers


@administers
def gallery(request):
    """Every template as a card, alphabetical; what does not fit the search is hidden."""
    words = request.GET.get("q", "").lower().split()
    category = request.GET.get("category", "")
    templates = list(all_templates().values())
    cards = [
        {"template": t, "words": t.words, "is_hidden": not _fits(t, words, category)}
        for t in templates
    ]
    context = {
        "title": "Add an API integration",
        "cards": cards,
        "count": sum(not card["is_hidden"] for card in cards),
        "categories": sorted({template.category for template in templates}),
        "category": category,
    }
    return frame.page(request, "integrations/gallery.html", context)


@cache_control(max_age=86_400, public=True)
def logo(request, slug):
    """The picture of a template. As an image it runs nothing; opened by itself neither."""
    template = all_templates().get(slug)
    if template is None or template.logo is None:
        raise Http404
    answer = HttpResponse(template.logo.read_bytes(), content_type="image/svg+xml")
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _fits(template, words, category):
    if category and template.category != category:
        return False
    return all(word in template.words for word in words)
