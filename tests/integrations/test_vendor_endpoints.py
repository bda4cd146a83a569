"""What holds for every address of another pager."""

import base64
import gzip
import json

import pytest

from integrations.catalog import find
from integrations.models import InboundMessage
from integrations.setup import security
from integrations.setup.vendor_steps import steps
from tests.factories import make_integration
from tests.integrations.posting import log, work

pytestmark = pytest.mark.django_db
DOORS = ["oncall-formatted-webhook", "prometheus-server", "goalert", "victorops", "slack-webhook"]
every_door = pytest.mark.parametrize("template", DOORS)


def address(integration):
    """Where Prometheus is told the place of the API, others are told the whole."""
    end = "/api/v2/alerts" if integration.template == "prometheus-server" else ""
    return f"{integration.url}{end}"


def send(client, integration, name="open", **extra):
    body = json.dumps(find(integration.template).sample(name).body).encode()
    return client.post(address(integration), body, content_type="application/json", **extra)


@every_door
def test_the_samples_open_and_close_at_the_address_of_the_integration(client, template):
    integration = make_integration(template)

    answers = [send(client, integration, name).status_code for name in ("open", "close")]
    work()

    assert set(answers) <= {200, 204}
    assert log() == ["Mapped (opened)", "Mapped (closed)"]


@every_door
def test_the_same_message_is_understood_at_our_own_address(client, template):
    integration = make_integration(template)
    body = find(template).sample("open").body

    client.post(f"/POSTAlert/{integration.token}/", body, content_type="application/json")
    work()

    assert log() == ["Mapped (opened)"]


@every_door
def test_accepting_takes_as_few_queries_as_at_our_own(
    client, template, django_assert_max_num_queries
):
    integration = make_integration(template)
    send(client, integration)

    with django_assert_max_num_queries(2):  # The rate, and the row.
        send(client, integration)


@every_door
def test_a_packed_body_is_unpacked(client, template):
    integration = make_integration(template)
    body = gzip.compress(json.dumps(find(template).sample("open").body).encode())

    client.post(
        address(integration),
        body,
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )
    work()

    assert log() == ["Mapped (opened)"]


@every_door
def test_who_must_prove_more_than_the_key_is_told_so(client, template):
    integration = make_integration(template, basic_user="prom", basic_password="a long one")
    told = base64.b64encode(b"prom:a long one").decode()

    refused = send(client, integration)
    taken = send(client, integration, headers={"Authorization": f"Basic {told}"})

    assert refused.status_code == 401
    assert refused["WWW-Authenticate"]
    assert taken.status_code in (200, 204)


@every_door
def test_what_has_to_be_signed_is_refused_unsigned(client, template):
    integration = make_integration(template)
    security.change_signature(integration.pk, "generic", "a secret that is long")

    assert send(client, integration).status_code == 401
    assert log() == ["Rejected"]


@every_door
def test_the_key_stands_nowhere_in_what_is_kept(client, template):
    integration = make_integration(template)

    send(client, integration)

    row = InboundMessage.objects.get()
    kept = f"{row.headers}{row.query}{bytes(row.body)!r}"
    assert integration.token not in kept


@every_door
@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"null", b"7", b'{"a": NaN}', b"[[[[]]]]"])
@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain"])
def test_garbage_is_answered_and_breaks_nothing(client, template, body, kind):
    integration = make_integration(template)

    answer = client.generic("POST", address(integration), body, content_type=kind)
    work()

    assert answer.status_code < 500
    assert InboundMessage.objects.pending().count() == 0


@every_door
def test_the_steps_of_the_template_name_the_address_and_leave_no_holder(template):
    integration = make_integration(template)

    text = steps(find(template), integration)

    assert integration.token in text
    assert "{{" not in text
