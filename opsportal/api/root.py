"""The first page of the REST API: which lists there are."""

from rest_framework.routers import APIRootView

from incidents.api.known_parameters import KnownParameters


class RootView(KnownParameters, APIRootView):
    """Every list, with its address. The reference is at /api/docs/."""

    scope = ""
