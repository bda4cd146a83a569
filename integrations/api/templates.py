"""The catalog."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.response import Response

from integrations.catalog import all_templates, find
from integrations.serializers.messages import TemplateDetailSerializer, TemplateSerializer


class TemplateViewSet(viewsets.ViewSet):
    """The tools that can report in."""

    scope = "config"
    lookup_field = "template"
    lookup_value_regex = "[a-z0-9-]{1,60}"

    @extend_schema(
        responses=TemplateSerializer(many=True),
        parameters=[OpenApiParameter("search", description="Part of a name, alias or category.")],
    )
    def list(self, request):
        wanted = request.query_params.get("search", "").lower()
        found = [row for row in all_templates().values() if wanted in row.words]
        return Response({"results": TemplateSerializer(found, many=True).data})

    @extend_schema(responses=TemplateDetailSerializer)
    def retrieve(self, request, template):
        found = find(template)
        if found is None:
            raise Http404
        return Response(TemplateDetailSerializer(found).data)
