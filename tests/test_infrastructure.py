"""What tests stand on: programs that are there or missed, a database that is fresh each time."""

import pytest
from django.contrib.auth.models import Group

from incidents.models import User
from tests.factories import make_user


@pytest.fixture
def needy(request):
    """This test, which needs a program that nobody has."""
    request.node.add_marker(pytest.mark.needs("python3", "no-such-program"))
    return request.node


def test_without_its_program_a_test_is_skipped(needy, monkeypatch):
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="not installed: no-such-program"):
        needy.ihook.pytest_runtest_setup(item=needy)


def test_without_its_program_a_test_fails_where_ci_is_set(needy, monkeypatch):
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="not installed: no-such-program"):
        needy.ihook.pytest_runtest_setup(item=needy)


@pytest.mark.parametrize("turn", ["first", "second"])
@pytest.mark.django_db(transaction=True)
def test_what_a_test_commits_is_undone_and_what_migrations_made_is_back(turn):
    assert Group.objects.filter(name="Owner").exists()
    assert not User.objects.exists()

    make_user()
    Group.objects.all().delete()
