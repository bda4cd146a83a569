import re
from datetime import time

import pytest

from incidents.actions import api_keys
from incidents.models import ApiKey
from notifications.models import ContactMethod, Notification, Rule
from opsportal.lib.encryption import decrypt
from tests.factories import make_incident, make_method, make_rule, make_user
from tests.pages import browser, make_person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    return make_person("Responder", name="Ana Ferreira")


def mail_of(person):
    return person.contact_methods.first()


def test_the_page_shows_addresses_rules_and_zone(ana):
    make_rule(mail_of(ana), after_minutes=5)

    page = words(browser(ana).get("/me/"))

    assert mail_of(ana).address in page
    assert "After 5 min by" in page


def test_somebody_without_an_address_is_warned(ana):
    ana.contact_methods.all().delete()

    assert "No contact methods yet" in words(browser(ana).get("/me/"))


def test_name_and_zone_are_changed(ana):
    browser(ana).post("/me/profile/", {"name": "Ana F.", "time_zone": "Asia/Tokyo"})

    ana.refresh_from_db()
    assert (ana.name, ana.time_zone) == ("Ana F.", "Asia/Tokyo")


def test_an_unknown_zone_is_refused_beside_its_field(ana):
    response = browser(ana).post("/me/profile/", {"name": "Ana", "time_zone": "Mars/Base"})

    ana.refresh_from_db()
    assert response.status_code == 422
    assert "is no IANA time zone" in words(response)
    assert ana.time_zone == "UTC"


def test_a_new_address_is_proved_by_its_code(ana):
    client = browser(ana)

    client.post(
        "/me/contact-methods/add/email/", {"address": "second@example.com", "label": "private"}
    )
    method = ana.contact_methods.get(label="private")
    code = decrypt(Notification.objects.get(event="verification").facts["code"])
    client.post(f"/me/contact-methods/{method.pk}/confirm/", {"code": code})

    method.refresh_from_db()
    assert method.is_verified


def test_a_wrong_code_proves_nothing(ana):
    method = make_method(ana, is_verified=False)
    client = browser(ana)
    client.post(f"/me/contact-methods/{method.pk}/code/")

    response = client.post(
        f"/me/contact-methods/{method.pk}/confirm/", {"code": "nope"}, follow=True
    )

    method.refresh_from_db()
    assert not method.is_verified
    assert "that is not the code that was sent" in words(response)


def test_an_address_that_is_none_is_refused(ana):
    response = browser(ana).post("/me/contact-methods/add/email/", {"address": "not an address"})

    assert response.status_code == 422
    assert "Enter a valid email address." in words(response)


@pytest.mark.parametrize("channel", ["webhook", "inapp", "no-such"])
def test_channels_that_are_not_for_people_cannot_be_added(ana, channel):
    assert browser(ana).get(f"/me/contact-methods/add/{channel}/").status_code == 404


def test_a_test_goes_the_way_of_pages(ana):
    page = browser(ana).post(f"/me/contact-methods/{mail_of(ana).pk}/test/", follow=True)

    assert Notification.objects.get().event == "test"
    assert [message.level_tag for message in page.context["messages"]] == ["info"]


def test_an_address_whose_test_failed_does_not_look_well(ana):
    browser(ana).post(f"/me/contact-methods/{mail_of(ana).pk}/test/")
    Notification.objects.update(state="failed", error="550 no such user")

    page = words(browser(ana).get("/me/"))

    assert "Last message failed" in page
    assert "Verified" not in page


def test_quiet_hours_are_kept(ana):
    method = mail_of(ana)
    prefix = f"m{method.pk}"
    wanted = {f"{prefix}-quiet_from": "22:00", f"{prefix}-quiet_until": "07:00"}

    browser(ana).post(f"/me/contact-methods/{method.pk}/change/", wanted)

    method.refresh_from_db()
    assert (method.quiet_from, method.quiet_until) == (time(22), time(7))


def test_half_of_the_quiet_hours_is_refused(ana):
    method = mail_of(ana)
    wanted = {f"m{method.pk}-quiet_from": "22:00"}

    response = browser(ana).post(f"/me/contact-methods/{method.pk}/change/", wanted, follow=True)

    method.refresh_from_db()
    assert method.quiet_from is None
    assert "Quiet hours need a start and an end." in words(response)


def test_an_address_is_switched_off_and_on(ana):
    method, client = mail_of(ana), browser(ana)

    client.post(f"/me/contact-methods/{method.pk}/switch/", {"on": "0"})
    off = ContactMethod.objects.get(pk=method.pk).is_enabled
    client.post(f"/me/contact-methods/{method.pk}/switch/", {"on": "1"})

    assert off is False
    assert ContactMethod.objects.get(pk=method.pk).is_enabled is True


def test_an_address_is_given_up(ana):
    method = mail_of(ana)

    browser(ana).post(f"/me/contact-methods/{method.pk}/remove/")

    assert not ContactMethod.objects.filter(pk=method.pk).exists()


@pytest.mark.parametrize("action", ["code", "confirm", "test", "change", "switch", "remove"])
def test_addresses_of_others_are_out_of_reach(ana, action):
    other = mail_of(make_user())

    assert browser(ana).post(f"/me/contact-methods/{other.pk}/{action}/").status_code == 404
    assert ContactMethod.objects.filter(pk=other.pk).exists()


def test_a_rule_is_added_once_and_removed(ana):
    client, method = browser(ana), mail_of(ana)
    wanted = {"urgency": "low", "method": method.pk, "after_minutes": 10}

    client.post("/me/rules/", wanted)
    client.post("/me/rules/", wanted)
    rule = Rule.objects.get()
    client.post(f"/me/rules/{rule.pk}/remove/")

    assert (rule.urgency, rule.after_minutes) == ("low", 10)
    assert not Rule.objects.exists()


def test_a_rule_cannot_use_the_address_of_somebody_else(ana):
    other = mail_of(make_user())

    browser(ana).post("/me/rules/", {"urgency": "low", "method": other.pk, "after_minutes": 0})

    assert not Rule.objects.exists()


def test_a_key_is_shown_once_and_works(ana):
    client = browser(ana)
    wanted = {"name": "deploys", "scopes": ["incidents:read"], "days": "30"}

    response = client.post("/me/keys/", wanted)
    text = re.search(r"sk_live_[\w-]{20,}", response.content.decode())[0]

    assert api_keys.use_key(text).user == ana
    assert "no-store" in response["Cache-Control"]
    assert text not in client.get("/me/").content.decode()


def test_a_key_is_revoked_by_its_owner_only(ana):
    key, _ = api_keys.create_key(ana, "deploys", ["incidents:read"])

    browser(make_person("Owner")).post(f"/me/keys/{key.pk}/revoke/")
    untouched = ApiKey.objects.get().revoked_at
    browser(ana).post(f"/me/keys/{key.pk}/revoke/")

    assert untouched is None
    assert ApiKey.objects.get().revoked_at is not None


def test_a_key_is_rotated_by_its_owner_only(ana):
    key, text = api_keys.create_key(ana, "deploy", ["events:write"])
    path, wanted = f"/me/keys/{key.pk}/rotate/", {"overlap": "60"}

    refused = browser(make_person("Owner")).post(path, wanted)
    page = browser(ana).post(path, wanted)

    assert refused.status_code == 404
    assert page.context["new_key_text"] in words(page)
    assert page.context["new_key_text"] != text
    assert api_keys.use_key(text) == key


def test_the_bell_counts_until_it_is_read(ana):
    incident = make_incident()
    Notification.objects.create(
        incident=incident, user=ana, channel="inapp", page_key="x", state="sent"
    )
    client = browser(ana)
    before = words(client.get("/me/"))

    client.post("/me/read/")

    assert "1 unread" in before
    assert f"#{incident.pk} {incident.title}" in before
    assert "0 unread" in words(client.get("/me/"))


def test_the_badge_is_about_the_last_message_and_not_about_the_last_test(ana):
    method = mail_of(ana)
    told = Notification.objects.create
    fields = {"user": ana, "contact_method": method, "channel": "email", "address_key": "a"}
    told(event="test", state="failed", page_key="t", error="Mailbox full", **fields)
    told(incident=make_incident(), state="delivered", page_key="p", **fields)

    page = words(browser(ana).get("/me/"))

    assert "Last page" in page
    assert "Last message failed" not in page
    assert "Mailbox full" not in page


def test_a_page_that_failed_shows_although_the_last_test_came(ana):
    method = mail_of(ana)
    told = Notification.objects.create
    fields = {"user": ana, "contact_method": method, "channel": "email", "address_key": "a"}
    told(event="test", state="sent", page_key="t", **fields)
    told(incident=make_incident(), state="failed", page_key="p", error="Mailbox full", **fields)
    told(incident=make_incident(), state="superseded", page_key="q", **fields)

    page = words(browser(ana).get("/me/"))

    assert "Last message failed" in page
    assert "Mailbox full" in page
