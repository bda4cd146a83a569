"""Addresses below /api/v1/ that are none."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def missing(request: HttpRequest) -> JsonResponse:
    """A script gets JSON, and is told of a slash that it forgot: a redirect would lose its body."""
    mend = "" if request.path.endswith("/") else f" Addresses end with a slash: {request.path}/"
    body = {"code": "not_found", "detail": f"There is no {request.path}.{mend}"}
    return JsonResponse(body, status=404)
