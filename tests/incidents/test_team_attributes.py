"""Attributes of teams: as text, by API and on their page."""

import pytest

from incidents.models import Team
from incidents.named_values import text_of_values, values_from_text
from incidents.team_attributes import checked_attributes
from tests.api import owner
from tests.pages import browser, make_person, words


def test_they_are_read_from_lines_and_written_as_they_are_read():
    found = values_from_text("region: EU\n\n tier :  gold: 1 \nempty:")

    assert found == {"region": "EU", "tier": "gold: 1", "empty": ""}
    assert values_from_text(text_of_values(found)) == found


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("region", "“region” has no colon"),
        (": EU", "a name has 1 to 60 characters"),
        ("region: EU\nregion: US", "region is there twice"),
        (f"region: {'x' * 301}", "more than 300 characters"),
        ("\n".join(f"a{n}: 1" for n in range(31)), "at most 30 attributes"),
    ],
)
def test_what_cannot_be_kept_is_told_in_a_sentence(text, problem):
    with pytest.raises(ValueError, match=problem):
        checked_attributes(values_from_text(text))


def test_names_that_differ_only_in_spaces_are_the_same():
    with pytest.raises(ValueError, match="region is there twice"):
        checked_attributes({"region": "EU", " region ": "US"})


@pytest.mark.django_db
def test_a_team_has_them_by_api_and_is_found_by_them():
    team, _ = (Team.objects.create(name=name) for name in ("Shop", "Other"))
    client = owner()
    url = f"/api/v1/teams/{team.pk}/"

    answer = client.patch(url, {"attributes": {"region": "EU"}})
    wrong = client.patch(url, {"attributes": {"a:b": "EU"}})
    kept = client.patch(url, {"description": "Sells"})
    found = client.get("/api/v1/teams/?search=EU")

    assert answer.json()["attributes"] == kept.json()["attributes"] == {"region": "EU"}
    assert wrong.status_code == 400
    assert "no colon" in wrong.text
    assert [row["name"] for row in found.json()["results"]] == ["Shop"]


@pytest.mark.django_db
def test_an_administrator_writes_them_as_lines():
    team = Team.objects.create(name="Shop")
    admin = browser(make_person("App Admin"))
    form = {
        "name": "Shop",
        "contacts-TOTAL_FORMS": "0",
        "contacts-INITIAL_FORMS": "0",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }

    wrong = admin.post(team.get_absolute_url(), {**form, "attributes": "region"})
    saved = admin.post(team.get_absolute_url(), {**form, "attributes": "region: EU"})
    page = admin.get(team.get_absolute_url())

    assert "has no colon" in words(wrong)
    assert saved.status_code == 302, words(saved)
    assert Team.objects.get().attributes == {"region": "EU"}
    assert "region: EU" in page.content.decode()
