"""What the search fields of the admin find, as their widget reads it."""

from collections.abc import Sequence

from django.http import JsonResponse


def search_results(found: Sequence[tuple[str, str]]) -> JsonResponse:
    """The answer to a search that found these (word, label) pairs."""
    rows = [{"id": word, "text": label} for word, label in found]
    return JsonResponse({"results": rows, "pagination": {"more": False}})
