"""The panel Trust and the same by the API; and that nothing of it can be read in the database."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from integrations.inbound import redaction
from integrations.models import Integration, MailAccount
from integrations.setup import edit, security
from integrations.signatures import keyring
from opsportal.lib.encryption import SecretUnreadable
from tests.api import owner
from tests.factories import make_integration, make_service, make_team
from tests.integrations.pages import admin_browser, browser, text_of

pytestmark = pytest.mark.django_db
API = "/api/v1/integrations/"


def submit(integration, button, client=None, **fields):
    client = client or admin_browser()
    return client.post(f"/integrations/{integration.pk}/{button}/", fields)


def secrets_of(integration):
    integration.refresh_from_db()
    return [secret.text for secret in keyring.read(integration.signature_secret)]


# The panel.


def test_a_generated_secret_is_shown_once():
    integration, client = make_integration(), admin_browser()

    answer = submit(integration, "signature", client, provider="generic")

    (secret,) = secrets_of(integration)
    assert len(secret) > 30
    assert secret in text_of(answer)
    assert answer["Cache-Control"] == "no-store"
    assert secret not in text_of(client.get(f"/integrations/{integration.pk}/"))


def test_a_second_secret_is_added_and_the_page_says_since_when_there_is_the_first():
    integration, client = make_integration(), admin_browser()
    old = keyring.make("old-secret", timezone.now() - timedelta(days=3))
    security.change_signature(integration.pk, "github", "x")
    Integration.objects.update(signature_secret=keyring.write([old]))

    submit(integration, "signature", client, provider="github", secret="new-secret", do="add")

    page = text_of(client.get(f"/integrations/{integration.pk}/"))
    assert secrets_of(integration) == ["old-secret", "new-secret"]
    assert "3 d ago" in page
    assert f'value="{old.id}"' in page
    assert "old-secret" not in page
    assert "new-secret" not in page


def test_the_older_secret_is_removed_and_the_last_one_is_kept():
    integration = make_integration(signature_provider="github", signature_secret="old\nnew")
    client = admin_browser()
    first, second = keyring.read(integration.signature_secret)

    submit(integration, "secret", client, secret=first.id)
    left = secrets_of(integration)
    last = keyring.read(integration.signature_secret)[0]
    answer = client.post(
        f"/integrations/{integration.pk}/secret/", {"secret": last.id}, follow=True
    )

    assert left == [second.text] == secrets_of(integration)
    assert "it is the last one" in text_of(answer)


def test_how_it_is_signed_changes_without_the_secret():
    integration = make_integration(signature_provider="github", signature_secret="mine")

    submit(integration, "signature", provider="sentry", do="save")

    assert secrets_of(integration) == ["mine"]
    assert integration.signature_provider == "sentry"


def test_a_form_of_signing_is_described_on_the_page():
    integration, client = make_integration(), admin_browser()
    own = {"own_header": "X-Mine", "own_algorithm": "token", "own_prefix": "Key "}

    submit(integration, "signature", client, provider="custom", secret="mine", **own)

    integration.refresh_from_db()
    assert integration.signature_form == {
        "header": "X-Mine",
        "algorithm": "token",
        "prefix": "Key ",
    }
    assert 'value="X-Mine"' in text_of(client.get(f"/integrations/{integration.pk}/"))


def test_what_cannot_work_is_said_at_its_field_and_nothing_is_saved():
    integration = make_integration()

    answer = submit(
        integration, "signature", provider="custom", own_header="X-Mine", own_signed="{timestamp}"
    )

    assert answer.status_code == 422
    assert set(answer.context["signature_form"].errors) == {"own_signed", "own_timestamp_header"}
    assert secrets_of(integration) == []


def test_no_more_than_five_secrets_are_valid_at_once():
    integration = make_integration(signature_provider="github", signature_secret="1\n2\n3\n4\n5")

    answer = submit(integration, "signature", provider="github", secret="6", do="add")

    assert answer.status_code == 422
    assert "remove an old one first" in text_of(answer)
    assert len(secrets_of(integration)) == 5


def test_for_sns_the_secret_is_the_topic_which_is_shown_and_never_made_up():
    integration, client = make_integration("aws-cloudwatch"), admin_browser()

    submit(integration, "signature", client, provider="sns")
    none = secrets_of(integration)
    submit(integration, "signature", client, provider="sns", secret="arn:aws:sns:eu:1:t")

    assert none == []
    assert "arn:aws:sns:eu:1:t" in text_of(client.get(f"/integrations/{integration.pk}/"))


def test_networks_are_saved_one_a_line():
    integration = make_integration()

    submit(integration, "networks", networks="192.0.2.7\n2001:db8::/32, 10.0.0.0/8")

    integration.refresh_from_db()
    assert integration.allowed_networks == ["192.0.2.7/32", "2001:db8::/32", "10.0.0.0/8"]


def test_a_network_with_a_slip_is_explained():
    integration = make_integration(allowed_networks=["192.0.2.0/24"])

    answer = submit(integration, "networks", networks="10.0.0.5/8")

    integration.refresh_from_db()
    assert answer.status_code == 422
    assert "did you mean 10.0.0.0/8?" in text_of(answer)
    assert integration.allowed_networks == ["192.0.2.0/24"]


def test_credentials_are_set_kept_and_removed_and_never_shown():
    integration, client = make_integration(), admin_browser()
    credentials = {"basic_user": "probe", "basic_password": "pass-1", "bearer_token": "bear-1"}

    def stored():
        row = Integration.objects.get()
        return row.basic_user, row.basic_password, row.bearer_token

    submit(integration, "credentials", client, **credentials)
    page = text_of(client.get(f"/integrations/{integration.pk}/"))
    made = stored()
    submit(integration, "credentials", client, basic_user="other")
    kept = stored()
    submit(integration, "credentials", client, basic_user="", removes_bearer="on")

    assert made == ("probe", "pass-1", "bear-1")
    assert "pass-1" not in page
    assert "bear-1" not in page
    assert kept == ("other", "pass-1", "bear-1")
    assert stored() == ("", "", "")


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"basic_user": "a"}, "basic_password"),
        ({"basic_password": "a"}, "basic_user"),
        ({"basic_user": "a:b", "basic_password": "c"}, "basic_user"),
    ],
)
def test_half_of_basic_auth_is_refused_at_its_field(fields, place):
    answer = submit(make_integration(), "credentials", **fields)

    assert answer.status_code == 422
    assert place in answer.context["credentials_form"].errors


@pytest.mark.parametrize("button", ["secret", "networks", "credentials"])
def test_only_who_administers_integrations_may(button):
    client = browser("Responder")
    integration = make_integration(service=make_service(team=make_team(client.user)))

    assert submit(integration, button, client).status_code == 403


def test_a_clone_believes_the_same():
    integration = make_integration(
        signature_provider="custom",
        signature_secret="mine",
        signature_form={"header": "X-M"},
        allowed_networks=["192.0.2.0/24"],
        bearer_token="bear",
    )

    clone = edit.clone_integration(integration.pk)

    assert clone.signature_form == {"header": "X-M"}
    assert secrets_of(clone) == ["mine"]
    assert (clone.allowed_networks, clone.bearer_token) == (["192.0.2.0/24"], "bear")


# The API.


def make_by_api(**fields):
    answer = owner().post(API, {"template": "github", "service": make_service().pk, **fields})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def test_a_script_sets_it_all_and_reads_no_secret_back():
    found = make_by_api(
        signature_secret="sign-1",
        allowed_networks=["192.0.2.7"],
        basic_user="probe",
        basic_password="pass-1",
        bearer_token="bear-1",
    )

    assert found["signature_provider"] == "github"
    assert [set(secret) for secret in found["signature_secrets"]] == [{"id", "added_at"}]
    assert found["allowed_networks"] == ["192.0.2.7/32"]
    assert (found["basic_user"], found["has_basic_password"]) == ("probe", True)
    assert found["has_bearer_token"] is True
    assert not {"sign-1", "pass-1", "bear-1"} & set(map(str, found.values()))


def test_a_script_exchanges_a_secret():
    row = make_by_api(signature_secret="old-1")
    client, home = owner(), f"{API}{row['id']}/"

    added = client.post(f"{home}add_secret/", {})
    found = client.get(home).json()["signature_secrets"]
    removed = client.post(f"{home}remove_secret/", {"id": found[0]["id"]}).json()

    assert added.status_code == 201
    assert len(added.json()["secret"]) > 30
    assert [secret["id"] for secret in found][1] == added.json()["id"]
    assert removed["signature_secrets"] == found[1:]
    assert secrets_of(Integration.objects.get()) == [added.json()["secret"]]


def test_a_script_describes_how_it_is_signed():
    form = {"header": "X-Mine", "algorithm": "sha512"}

    found = make_by_api(signature_provider="custom", signature_secret="s", signature_form=form)

    assert (found["signature_provider"], found["signature_form"]) == ("custom", form)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("allowed_networks", ["office"]),
        ("signature_form", {"header": "X M"}),
        ("signature_provider", "nobody"),
    ],
)
def test_what_a_script_gets_wrong_is_named(field, value):
    answer = owner().post(API, {"template": "github", "service": make_service().pk, field: value})

    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])


def test_a_script_changes_one_thing_and_the_others_stay():
    row = make_by_api(signature_secret="sign-1", bearer_token="bear-1")

    owner().patch(f"{API}{row['id']}/", {"allowed_networks": ["10.0.0.0/8"]})
    owner().patch(f"{API}{row['id']}/", {"bearer_token": ""})

    stored = Integration.objects.get()
    assert secrets_of(stored) == ["sign-1"]
    assert (stored.allowed_networks, stored.bearer_token) == (["10.0.0.0/8"], "")


def test_a_script_takes_the_signature_away():
    row = make_by_api(template="aws-cloudwatch")

    found = owner().patch(f"{API}{row['id']}/", {"signature_provider": ""}).json()

    assert row["signature_provider"] == "sns"
    assert found["signature_provider"] == ""


# At rest.


def test_a_dump_of_the_database_reveals_no_secret(settings):
    integration = make_integration(
        signature_provider="github",
        basic_user="probe",
        basic_password="pass-word-1",
        bearer_token="bear-er-1",
    )
    security.change_signature(integration.pk, "github", "sign-ing-1")
    security.add_secret(integration.pk, "sign-ing-2")
    MailAccount.objects.create(name="m", host="h", username="u", password="imap-word-1")
    secrets = ["sign-ing-1", "sign-ing-2", "pass-word-1", "bear-er-1", "imap-word-1",
               integration.token]  # fmt: skip

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(i)::text FROM integrations_integration AS i")
        dump = str(cursor.fetchall())
        cursor.execute("SELECT to_jsonb(a)::text FROM integrations_mailaccount AS a")
        dump += str(cursor.fetchall())
    settings.SECRET_KEY = "another key, as who has only the dump would guess one"
    guessed = Integration.objects.get()

    assert "probe" in dump
    assert [secret for secret in secrets if secret in dump] == []
    for name in ("token", "signature_secret", "basic_password", "bearer_token"):
        with pytest.raises(SecretUnreadable):
            getattr(guessed, name)


def test_every_secret_is_covered_where_a_message_shows_it():
    integration = make_integration(
        signature_secret=keyring.write([keyring.make("sign-ing-1", timezone.now())]),
        basic_password="pass-word-1",
        bearer_token="bear-er-1",
    )
    told = "sign-ing-1, pass-word-1, bear-er-1"

    shown = redaction.redact_text(told, redaction.secrets_of(integration))

    assert shown == "•••, •••, •••"
