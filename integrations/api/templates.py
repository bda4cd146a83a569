"""The catalog."""

from typing import ClassVar

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.idempotent_post import IdempotentPost
from incidents.api.known_parameters import KnownParameters
from integrations.api.serializers.templates import (
    DetectedListSerializer,
    DetectedSerializer,
    DetectSerializer,
    TemplateDetailSerializer,
    TemplateListSerializer,
    TemplateSerializer,
)
from integrations.catalog import all_templates, find
from integrations.catalog.detection import detect
from integrations.mapping.rules import Received


class TemplateViewSet(IdempotentPost, KnownParameters, viewsets.ViewSet):
    """The tools that can report in."""

    scope = "config"
    scopes = {"detect": "config:read"}
    entitlements = {"detect": None}  # It is asked by POST, and changes nothing.
    query_parameters: ClassVar = {"list": ("search", "category")}
    lookup_field = "template"
    lookup_value_regex = "[A-Za-z0-9_-]{1,60}"

    @extend_schema(
        responses=TemplateListSerializer,
        parameters=[
            OpenApiParameter("search", description="Parts of a name, alias or category."),
            OpenApiParameter("category", description="Exactly this category."),
        ],
    )
    def list(self, request: Request) -> Response:
        words = request.query_params.get("search", "").lower().split()
        category = request.query_params.get("category", "")
        found = [row for row in all_templates().values() if row.fits(words, category)]
        return Response({"results": TemplateSerializer(found, many=True).data})

    @extend_schema(responses=TemplateDetailSerializer)
    def retrieve(self, request: Request, template: str) -> Response:
        found = find(template)
        if found is None:
            raise Http404
        return Response(TemplateDetailSerializer(found).data)

    @extend_schema(request=DetectSerializer, responses=DetectedListSerializer)
    @action(detail=False, methods=["post"])
    def detect(self, request: Request) -> Response:
        """Tool detection: the templates that recognize the message, the most likely first."""
        asked = DetectSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        guesses = detect(Received(asked.validated_data["body"], asked.validated_data["headers"]))
        return Response({"results": DetectedSerializer(guesses, many=True).data})
