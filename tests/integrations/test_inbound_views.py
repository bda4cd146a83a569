"""Every inbound endpoint is a view of REST framework, and stands in the OpenAPI document."""

import re

import pytest
from django.urls import URLPattern
from drf_spectacular.generators import SchemaGenerator
from rest_framework.views import APIView

from integrations.endpoints import urls
from integrations.endpoints.authentication import InboundAuthentication
from integrations.endpoints.dialect import DialectView
from integrations.endpoints.opsgenie.http import OpsgenieView
from integrations.endpoints.throttling import BacklogThrottle
from integrations.endpoints.view import InboundView
from tests.rows import each

PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)|<(?:\w+:)?(\w+)>")


def routes(patterns, before=""):
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here, pattern.callback
        else:
            yield from routes(pattern.url_patterns, here)


ROUTES = dict(routes(urls.urlpatterns))


def documented_as(route):
    """The route as the document writes it, without the slash at its end."""
    plain = route.lstrip("^").removesuffix("$").removesuffix("/?").rstrip("/")
    return "/" + PARAMETER.sub(lambda found: "{%s}" % (found[1] or found[2]), plain)


@pytest.fixture(scope="module")
def paths():
    document = SchemaGenerator().get_schema(request=None, public=True)
    return {path.rstrip("/"): operations for path, operations in document["paths"].items()}


def test_there_are_as_many_routes_as_vendors_need():
    assert len(ROUTES) > 50


@each("route", sorted(ROUTES))
def test_every_route_is_a_lean_view_of_rest_framework(route):
    view = ROUTES[route].cls

    assert issubclass(view, APIView)
    assert issubclass(view, InboundView)
    assert view.dispatch is APIView.dispatch  # Else it is REST framework in name only.
    assert all(issubclass(kind, InboundAuthentication) for kind in view.authentication_classes)
    assert view.authentication_classes
    takes_messages = issubclass(view, DialectView | OpsgenieView)
    assert view.throttle_classes == ([BacklogThrottle] if takes_messages else [])


@each("route", sorted(ROUTES))
def test_every_route_stands_in_the_document_with_each_of_its_methods(route, paths):
    operations = paths[documented_as(route)]

    methods = {method.lower() for method in ROUTES[route].cls.methods} - {"head", "options"}
    assert methods <= set(operations)
    assert {operation["tags"][0] for operation in operations.values()} == {"Inbound"}
    assert all(operation["summary"] for operation in operations.values())
