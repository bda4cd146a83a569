"""Log-in, log-out, passwords and sessions."""

import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone
from django.utils.http import base36_to_int, urlsafe_base64_encode

from incidents import invitations
from incidents.actions import api_keys
from incidents.models import ApiKey, LoginAttempt, User
from notifications import action_links
from opsportal.accounts.sessions import RENEWED_AT
from tests.api import make_person, session
from tests.factories import make_incident, make_page
from tests.pages import browser, words
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
PASSWORD = "a long enough phrase"
ANOTHER = "quite another phrase"


@pytest.fixture
def ana():
    return make_person("Responder", email="ana@example.com", password=PASSWORD)


def log_in(client, email, password=PASSWORD, **fields):
    headers = {name: fields.pop(name) for name in list(fields) if name.isupper()}
    return client.post(LOGIN, {"username": email, "password": password, **fields}, **headers)


def fail(times, email="ana@example.com", **headers):
    return [log_in(Client(), email, "wrong", **headers).status_code for _ in range(times)]


def ask_for_link(email="ana@example.com"):
    """What the page answers, and the path of the link that was mailed, if any."""
    before = len(mail.outbox)
    answer = Client().post("/reset-password/", {"email": email}, follow=True)
    run_tasks()
    sent = mail.outbox[before:]
    assert len(sent) <= 1
    return answer, re.search(r"(/set-password/\S+)", sent[0].body)[1] if sent else ""


def set_password(client, path, password, **fields):
    form = client.get(path, follow=True)
    if "form" not in form.context or form.context.get("token_fail"):
        return form
    target = form.context["action_url"]
    return client.post(target, {"password1": password, "password2": password, **fields})


# Log-in.


def test_the_short_address_leads_to_the_log_in_and_keeps_where_it_leads(ana):
    client = Client()

    page = client.get("/login/?next=/incidents/", follow=True)
    answer = log_in(client, ana.email, next=page.context["next"])

    assert (answer.status_code, answer["Location"]) == (302, "/incidents/")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_nobody_is_led_elsewhere(ana, elsewhere):
    assert log_in(Client(), ana.email, next=elsewhere)["Location"] == "/"


def test_the_login_is_found_in_any_case(ana):
    assert log_in(Client(), "ANA@Example.com").status_code == 302


@pytest.mark.parametrize("fields", [{"is_staff": False}, {"is_active": False}])
def test_who_may_not_open_the_portal_is_not_logged_in(fields):
    person = make_person("Responder", password=PASSWORD, **fields)
    client = Client()

    answer = log_in(client, person.email)

    assert answer.status_code == 200
    assert "sessionid" not in client.cookies


def test_who_is_logged_in_is_led_on(ana):
    answer = browser(ana).get(f"{LOGIN}?next=/services/")

    assert (answer.status_code, answer["Location"]) == (302, "/services/")


@pytest.mark.parametrize(
    "path",
    ["/signup/", "/accounts/signup/", "/accounts/login/", "/accounts/email/", "/email/"],
)
def test_nobody_signs_up(path):
    assert Client().get(path).status_code == 404


def test_logging_out_asks_first_and_ends_the_session(ana):
    client = Client()
    log_in(client, ana.email)

    asked = client.get("/logout/")
    still_in = client.get("/me/").status_code
    client.post("/logout/")

    assert "Log out?" in words(asked)
    assert still_in == 200
    assert client.get("/me/").status_code == 302
    assert not Session.objects.exists()


# The throttle.


def test_after_ten_wrong_ones_even_the_right_one_waits(ana):
    wrong = fail(10)

    answer = log_in(Client(), ana.email)

    assert wrong == [200] * 10
    assert answer.status_code == 429
    assert "Too many wrong attempts" in words(answer)


def test_a_quarter_of_an_hour_later_it_is_over(ana):
    fail(12)
    LoginAttempt.objects.update(at=timezone.now() - timedelta(minutes=15, seconds=1))

    assert log_in(Client(), ana.email).status_code == 302
    assert not LoginAttempt.objects.exists()


def test_what_was_refused_prolongs_nothing(ana):
    fail(40)

    assert LoginAttempt.objects.count() == 10


def test_right_ones_do_not_count(ana):
    fail(9)

    answers = [log_in(Client(), ana.email).status_code for _ in range(35)]

    assert set(answers) == {302}
    assert fail(2) == [200, 429]


def test_one_address_tries_thirty_times_over_all_accounts(ana):
    tried = [fail(1, f"person{number}@example.com")[0] for number in range(31)]

    assert tried == [200] * 30 + [429]
    assert log_in(Client(), ana.email).status_code == 429
    assert log_in(Client(), ana.email, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_behind_a_trusted_proxy_the_address_is_the_clients(ana, settings):
    settings.TRUSTED_PROXIES = ["127.0.0.1"]
    for number in range(30):
        fail(1, f"person{number}@example.com", HTTP_X_FORWARDED_FOR="198.51.100.7")

    there = log_in(Client(), ana.email, HTTP_X_FORWARDED_FOR="198.51.100.7")
    forged = log_in(Client(), ana.email, HTTP_X_FORWARDED_FOR="192.0.2.1, 198.51.100.7")
    here = log_in(Client(), ana.email, HTTP_X_FORWARDED_FOR="192.0.2.1")

    assert [there.status_code, forged.status_code, here.status_code] == [429, 429, 302]


def test_a_header_that_nobody_trusted_has_sent_counts_for_nothing(ana):
    for number in range(30):
        fail(1, f"person{number}@example.com", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}")

    assert log_in(Client(), ana.email, HTTP_X_FORWARDED_FOR="192.0.2.99").status_code == 429


def test_addresses_of_one_ipv6_network_are_one(ana):
    for number in range(30):
        fail(1, f"person{number}@example.com", REMOTE_ADDR=f"2001:db8:1:2::{number:x}")

    assert log_in(Client(), ana.email, REMOTE_ADDR="2001:db8:1:2::ffff").status_code == 429
    assert log_in(Client(), ana.email, REMOTE_ADDR="2001:db8:1:3::1").status_code == 302


def test_the_log_says_who_was_meant_and_from_where_and_no_password(ana, caplog):
    log_in(Client(), ana.email, "not my secret", REMOTE_ADDR="192.0.2.5")
    fail(10)

    lines = [
        record.getMessage()
        for record in caplog.records
        if "ana@example.com" in record.msg or "ana@example.com" in record.getMessage()
    ]
    assert lines[0] == "Wrong password: ana@example.com from 192.0.2.5"
    assert lines[-1].startswith("Refused (log_in): too many for this account: ana@example.com")
    assert "not my secret" not in caplog.text


def test_strangers_learn_nothing_of_who_is_here(ana):
    known = log_in(Client(), ana.email, "wrong")
    unknown = log_in(Client(), "nobody@example.com", "wrong")

    assert words(known) == words(unknown)
    assert fail(10, "nobody@example.com")[-1] == 429


def test_links_of_mails_act_while_the_account_is_throttled(ana):
    fail(11)
    incident = make_incident()
    make_page(incident, ana)
    url = action_links.action_url(incident.pk, ana.pk, "acknowledge", delivery_id="2a858601-0")

    Client().post(url[url.index("/a/") :])

    incident.refresh_from_db()
    assert incident.assignee == ana


def test_a_reset_ends_the_throttle_and_logs_in(ana):
    fail(11)
    client = Client()

    _, link = ask_for_link()
    answer = set_password(client, link, ANOTHER)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/me/").status_code == 200
    assert log_in(Client(), ana.email, ANOTHER).status_code == 302


# Reset.


def test_a_link_sets_a_password_once(ana):
    _, link = ask_for_link()
    set_password(Client(), link, ANOTHER)

    again = set_password(Client(), link, "a third long phrase")

    ana.refresh_from_db()
    assert "does not work any more" in words(again)
    assert ana.check_password(ANOTHER)


def test_the_answer_is_the_same_for_whoever_is_not_here(ana):
    known, link = ask_for_link()
    unknown, nothing = ask_for_link("nobody@example.com")

    assert words(known) == words(unknown)
    assert link
    assert not nothing


@pytest.mark.parametrize("fields", [{"password": None}, {"is_active": False}, {"is_staff": False}])
def test_who_has_no_way_in_gets_no_link(fields):
    person = make_person("Responder", **{"password": PASSWORD, **fields})

    assert not ask_for_link(person.email)[1]


def test_five_links_are_sent_in_a_quarter_of_an_hour_and_all_work(ana):
    links = [ask_for_link()[1] for _ in range(7)]

    answer = set_password(Client(), links[0], ANOTHER)

    assert [bool(link) for link in links] == [True] * 5 + [False] * 2
    assert answer.status_code == 302


def test_a_link_that_was_mailed_before_its_address_changed_works():
    person = make_person("Responder")
    uid, _, token = invitations.link_for(person).rstrip("/").rpartition("/")[2].partition("-")
    former = urlsafe_base64_encode(str(base36_to_int(uid)).encode())
    answer = set_password(Client(), f"/set-password/{former}/{token}/", ANOTHER)

    person.refresh_from_db()
    assert answer.status_code == 302
    assert person.check_password(ANOTHER)


@pytest.mark.parametrize("path", ["x-y", "0-set-password", "1-set-password", "zzzzzzzzzzzzz-a-b"])
def test_a_link_that_is_none_says_so(path):
    answer = Client().get(f"/set-password/{path}/")

    assert "does not work any more" in words(answer)


# Passwords.

OWN = ["ana@example.com", "ANA@example.COM", "ana@example.com1"]


@pytest.mark.parametrize("password", OWN)
def test_ones_own_address_is_no_password(ana, password):
    by_link = set_password(Client(), ask_for_link()[1], password)
    by_change = browser(ana).post(
        "/me/password/",
        {"oldpassword": PASSWORD, "password1": password, "password2": password},
    )
    by_api = session(make_person("Owner")).patch(f"/api/v1/users/{ana.pk}/", {"password": password})
    by_admin = browser(make_person("Owner")).post(
        f"/admin/incidents/user/{ana.pk}/password/",
        {"password1": password, "password2": password, "usable_password": "true"},
    )

    ana.refresh_from_db()
    assert ana.check_password(PASSWORD)
    assert "your own e-mail address" in words(by_link)
    assert (by_change.status_code, by_api.status_code) == (422, 400)
    assert "your own e-mail address" in words(by_admin)


def test_nobody_begins_with_the_address_as_the_password():
    body = {"email": "annabella@example.com", "password": "annabella@example.com"}

    answer = session(make_person("Owner")).post("/api/v1/users/", body)

    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["password"])


@pytest.mark.parametrize("revoke", [True, False])
@pytest.mark.parametrize("way", ["change", "link", "admin", "api"])
def test_keys_end_with_the_password_when_asked_to(ana, way, revoke):
    api_keys.create_key(ana, "mine", ["config:read"])
    other = api_keys.create_key(make_person(), "theirs", ["config:read"])[0]
    sent = {"password1": ANOTHER, "password2": ANOTHER, **({"revoke_keys": "on"} if revoke else {})}

    if way == "change":
        browser(ana).post("/me/password/", {"oldpassword": PASSWORD, **sent})
    elif way == "link":
        set_password(Client(), ask_for_link()[1], ANOTHER, **sent)
    elif way == "admin":
        page = browser(make_person("Owner"))
        sent["usable_password"] = "true"
        page.post(f"/admin/incidents/user/{ana.pk}/password/", sent)
    else:
        body = {"password": ANOTHER, "revoke_keys": revoke}
        session(make_person("Owner")).patch(f"/api/v1/users/{ana.pk}/", body)

    ana.refresh_from_db()
    other.refresh_from_db()
    assert ana.check_password(ANOTHER)
    assert (ApiKey.objects.get(user=ana).revoked_at is not None) is revoke
    assert other.revoked_at is None


def test_the_old_password_is_asked_for_and_guessing_it_counts(ana):
    client = browser(ana)
    sent = {"oldpassword": "wrong", "password1": ANOTHER, "password2": ANOTHER}

    answers = [client.post("/me/password/", sent) for _ in range(10)]
    last = client.post("/me/password/", {**sent, "oldpassword": PASSWORD})

    ana.refresh_from_db()
    assert {answer.status_code for answer in answers} == {422}
    assert "Too many wrong attempts" in words(last)
    assert ana.check_password(PASSWORD)


def test_a_new_password_ends_the_other_sessions_and_not_this_one(ana):
    here, there = Client(), Client()
    log_in(here, ana.email)
    log_in(there, ana.email)

    here.post(
        "/me/password/", {"oldpassword": PASSWORD, "password1": ANOTHER, "password2": ANOTHER}
    )

    assert here.get("/me/").status_code == 200
    assert there.get("/me/").status_code == 302
    assert words(here.get("/me/sessions/")).count("this one") == 1


def test_the_admins_own_page_for_the_password_leads_to_ours(ana):
    assert browser(ana).get("/admin/password_change/")["Location"] == "/me/password/"


# Sessions.


def test_a_person_sees_and_ends_the_own_sessions(ana):
    here, there = Client(), Client()
    log_in(here, ana.email, HTTP_USER_AGENT="Laptop")
    log_in(there, ana.email, HTTP_USER_AGENT="Telephone", REMOTE_ADDR="192.0.2.7")

    page = here.get("/me/sessions/")
    other = next(row for row in page.context["sessions"] if row.user_agent == "Telephone")
    here.post(f"/me/sessions/{other.pk}/end/")

    assert "Laptop this one" in words(page)
    assert "192.0.2.7" in words(page)
    assert there.get("/me/").status_code == 302
    assert "Telephone" not in words(here.get("/me/sessions/"))


def test_all_others_are_ended_at_once(ana):
    here, others = Client(), [Client(), Client()]
    for client in (here, *others):
        log_in(client, ana.email)

    here.post("/me/sessions/end-others/")

    assert [client.get("/me/").status_code for client in (here, *others)] == [200, 302, 302]


def test_ending_the_present_one_logs_out(ana):
    client = Client()
    log_in(client, ana.email)
    mine = client.get("/me/sessions/").context["sessions"][0]

    client.post(f"/me/sessions/{mine.pk}/end/")

    assert client.get("/me/").status_code == 302


@pytest.mark.parametrize("role", ["Owner", "Responder"])
def test_nobody_sees_or_ends_the_sessions_of_others(ana, role):
    theirs, mine = Client(), Client()
    log_in(theirs, ana.email, HTTP_USER_AGENT="Telephone")
    row = theirs.get("/me/sessions/").context["sessions"][0]
    other = make_person(role, password=PASSWORD)
    log_in(mine, other.email)

    answer = mine.post(f"/me/sessions/{row.pk}/end/")

    assert answer.status_code == 404
    assert "Telephone" not in words(mine.get("/me/sessions/"))
    assert theirs.get("/me/").status_code == 200


def age(client, **past):
    """Let the session be so old, and end so soon, as it is after this time."""
    kept = client.session
    kept[RENEWED_AT] -= int(timedelta(**past).total_seconds())
    kept.save()
    Session.objects.update(expire_date=timezone.now() + timedelta(days=1))


def test_a_session_that_is_used_goes_on(ana):
    client = Client()
    log_in(client, ana.email)
    age(client, days=13)

    answer = client.get("/me/")

    left = Session.objects.get().expire_date - timezone.now()
    assert left > timedelta(days=13)
    assert answer.cookies["sessionid"]["max-age"] == 14 * 24 * 3600


def test_a_session_is_written_once_a_day(ana):
    client = Client()
    log_in(client, ana.email)
    age(client, hours=23)

    answer = client.get("/me/")

    assert "sessionid" not in answer.cookies
    assert Session.objects.get().expire_date < timezone.now() + timedelta(days=2)


def test_ones_login_is_the_only_address_that_resets(ana):
    User.objects.filter(pk=ana.pk).update(email="anna@example.com")

    assert not ask_for_link("ana@example.com")[1]
    assert ask_for_link("anna@example.com")[1]
