"""Inbound endpoints in the OpenAPI document: tag, operation ids, and the answers they share."""

import functools
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, OpenApiTypes, extend_schema

TAG = "Inbound"

# What a key in a header or in the query is called; one in the URL or in the body is a parameter.
SECURITY_SCHEMES = {
    "integrationKey": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "Token token=<integration key>, or Bearer <integration key>.",
    },
    "genieKey": {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "GenieKey <integration key>.",
    },
    "mailWebhook": {"type": "http", "scheme": "basic"},
}


class InboundSchema(AutoSchema):
    """Operations of inbound endpoints; ``with_errors`` leaves their answers as they are."""

    def get_tags(self) -> list[str]:
        return [TAG]

    def get_operation_id(self) -> str:
        """Method and path: the same view may stand at several paths."""
        path = re.sub(r"\W+", "_", self.path).strip("_")
        return f"inbound_{self.method.lower()}_{path}"


class InboundAuthenticationScheme(OpenApiAuthenticationExtension):
    """The security schemes of a view: those that its authentication class names in ``security``."""

    target_class = "integrations.endpoints.authentication.InboundAuthentication"
    match_subclasses = True
    name = []  # Several classes share a scheme: ``with_security_schemes`` defines each once.

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return []

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:
        return [{name: []} for name in self.target.security]


def with_security_schemes(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Postprocessing hook: define the security schemes of inbound endpoints."""
    schemes = result.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes.update(SECURITY_SCHEMES)
    return result


TEXT = "text/plain"
ANY_BODY = {"application/json": OpenApiTypes.ANY, "*/*": OpenApiTypes.BINARY}


def answer(description: str, example: Any = None, media_type: str = "application/json") -> Any:
    """One response of an endpoint, with an example of its body; without one it has no body."""
    if example is None:
        return OpenApiResponse(description=description)
    examples = [OpenApiExample("Example", value=example, media_type=media_type)]
    kind = OpenApiTypes.STR if media_type == TEXT else OpenApiTypes.ANY
    return OpenApiResponse(kind, description, examples)


def same_as(method: Callable[..., HttpResponse]) -> Any:
    """The same method under another name, with documentation of its own."""

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return method(self, *args, **kwargs)

    return call


def documented(summary: str, *, responses: dict[int, Any], body: Any = None) -> Any:
    """``extend_schema`` of one method. ``body`` is an example of what is posted; None for nothing.

    A body may have any media type that the template of the integration can decode.
    """
    examples = [OpenApiExample("Request", value=body, request_only=True)] if body else []
    return extend_schema(
        summary=summary,
        request={"application/json": OpenApiTypes.ANY, "*/*": OpenApiTypes.BINARY}
        if body
        else None,
        responses={(status, _media_type(row)): row for status, row in responses.items()},
        examples=examples,
    )


def _media_type(row: OpenApiResponse) -> str:
    return (row.examples[0].media_type if row.examples else None) or "application/json"


ERRORS = {
    400: ("unreadable", "The body cannot be decoded, or is invalid. It is stored as Failed."),
    401: ("bad_signature", "The credentials or the signature are missing or wrong."),
    403: ("disabled", "The address may not send here, or the integration is disabled."),
    404: ("unknown_integration", "No integration has this key."),
    413: ("too_large", "The body is larger than INBOUND_MAX_BYTES."),
    429: (
        "rate_limited",
        "Past the rate limit: stored and paced, or dropped if the backlog is full.",
    ),
    503: ("unavailable", "Nothing was stored. Send it again after Retry-After seconds."),
}


def errors(*statuses: int) -> dict[int, Any]:
    """Answers in the portal's own form of an error; by default all of them."""
    return {
        status: answer(ERRORS[status][1], {"code": ERRORS[status][0], "detail": "…"})
        for status in statuses or ERRORS
    }
