"""The first page of the REST API: which lists there are."""

from rest_framework.routers import APIRootView


class RootView(APIRootView):
    """Every list, with its address. The reference is at /api/docs/."""

    scope = ""
