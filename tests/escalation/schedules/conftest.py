import pytest

from tests.api import make_person
from tests.factories import make_user


@pytest.fixture
def owner(client):
    """The Owner who clicks."""
    person = make_person("Owner")
    client.force_login(person)
    return person


@pytest.fixture
def people():
    return [make_user(name) for name in ("Ana", "Bo", "Cy")]
