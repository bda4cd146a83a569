"""A schedule of two people, and a key with which a client asks who is on call, for tests."""

import pytest

from tests.api import make_key, make_person
from tests.factories import make_schedule, make_user

AT = "2026-03-30T06:59:00Z"  # A minute before Bo takes over from Ana.
CHANGE = "2026-03-30T07:00:00Z"


@pytest.fixture
def rota(db):
    """Ana and Bo take turns of a week: it is Ana's until the morning of 30 March."""
    ana, bo = make_user("Ana", phone="+49 (30) 123-45"), make_user("Bo")
    return make_schedule(bo, ana, name="Payments"), ana, bo


@pytest.fixture
def key(db):
    return make_key(make_person("Owner"), "oncall:read")


def get(client, key, path, **query):
    return client.get(path, query, headers={"Authorization": f"GenieKey {key}"})
