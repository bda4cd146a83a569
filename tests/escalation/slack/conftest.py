import pytest

from tests.escalation.slack.workspace import Workspace


@pytest.fixture
def slack(local_network, monkeypatch, client):
    workspace = Workspace(client, monkeypatch)
    yield workspace
    workspace.stop()
