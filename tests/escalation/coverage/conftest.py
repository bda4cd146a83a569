"""A schedule that a policy may tell."""

import pytest

from tests.factories import make_schedule, make_user


@pytest.fixture
def rota():
    return make_schedule(make_user("Ana"), make_user("Bo"), name="Payments")
