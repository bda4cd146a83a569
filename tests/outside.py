"""The world beyond this process, for tests: nothing that a test does can leave the machine."""

import io
import json

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse


class Outside:
    """It keeps each request, and answers what it was told."""

    def __init__(self):
        self.requests, self.answers = [], []

    def answers_with(self, status=200, body=None, headers=None):
        self.answers.append((status, body, headers or {}))

    def fails_with(self, error):
        self.answers.append(error)

    @property
    def bodies(self):
        return [json.loads(request.body) for request in self.requests]

    def receive(self, request):
        assert self.answers, f"a test reached for {request.url} unprepared"
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = answer
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        response = requests.Response()
        response.url, response.request, response.status_code = request.url, request, status
        response.headers.update({"Content-Type": "application/json", **headers})
        response.raw = HTTPResponse(io.BytesIO(content), preload_content=False)
        return response


@pytest.fixture(autouse=True)
def outside(request, monkeypatch):
    """In place of the network, unless a test starts servers of its own on this machine."""
    world = Outside()
    if "local_network" not in request.fixturenames:
        monkeypatch.setattr(HTTPAdapter, "send", lambda _, sent, **kwargs: world.receive(sent))
    return world


@pytest.fixture
def local_network(settings):
    """Real sockets, on this machine only."""
    settings.OUTGOING_ALLOW_PRIVATE = True
    settings.OUTGOING_ALLOWED_HOSTS = []
    settings.OUTGOING_PROXY = ""
