"""What the OpenAPI document says about the API as a whole."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import get_lib_doc_excludes

from incidents.api.idempotent_post import HEADER, REPLAYED, IdempotentPost
from incidents.api.known_parameters import KnownParameters
from incidents.references import Part, Strict, StrictModel
from integrations.endpoints.schema import TAG

BASES = (Strict, StrictModel, Part, KnownParameters, IdempotentPost)
IDEMPOTENCY_KEY = {
    "name": HEADER,
    "in": "header",
    "description": "Any text of one's own: a request that is repeated with it within 24 hours is "
    f"done once, and its first answer comes again, with the header {REPLAYED}: true.",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[!-~]+$"},
}
METHODS = ("get", "post", "put", "patch", "delete")


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a script shows its key."""

    target_class = "incidents.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key: sk_live_… "
            "The headers “Authorization: Api-Key …” and “X-API-Key: …” do as well.",
        }


def base_classes() -> list[type]:
    """Classes whose docstrings describe themselves, and not what is made of them."""
    return [*get_lib_doc_excludes(), *BASES]  # type: ignore[no-untyped-call]


def with_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every operation of the REST API answers errors in one form; inbound endpoints have the forms
    of their vendors, and list them."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"] = {
        "type": "object",
        "required": ["code", "detail"],
        "properties": {
            "code": {"type": "string", "description": "Stable, such as incident_closed."},
            "detail": {"type": "string", "description": "A sentence for people."},
            "fields": {"type": "object", "additionalProperties": True},
        },
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    refusal = {"description": "Refused", "content": content}
    for operations in result["paths"].values():
        for operation in operations.values():
            if TAG not in operation["tags"]:
                operation["responses"].setdefault("default", refusal)
    return result


def with_idempotency_keys(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Every POST of the REST API takes an Idempotency-Key."""
    for operations in result["paths"].values():
        for method, operation in operations.items():
            if method == "post" and TAG not in operation["tags"]:
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return result


def with_sorted_methods(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Put the methods of each address in a fixed order: the router's differs at each start."""
    for path, operations in result["paths"].items():
        methods = sorted(operations, key=METHODS.index)
        result["paths"][path] = {method: operations[method] for method in methods}
    return result
