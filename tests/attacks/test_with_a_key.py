"""Poison of who has a key: it fails alone, within a moment, and says why."""

import pytest

from integrations.models import InboundMessage
from tests.attacks import cost, poison
from tests.factories import make_integration
from tests.integrations.posting import FAILURE, post, work

pytestmark = pytest.mark.django_db
MAX_UNITS = 100  # a second on a machine of today
DEEP = b'{"token":' * 5000
BODIES = sorted(name for name, row in poison.BODIES.items() if name != "nothing")


@pytest.mark.parametrize("name", BODIES)
def test_poison_with_a_key_is_answered_and_fails_alone(client, name):
    integration, other = make_integration(), make_integration()
    media_type, make = poison.BODIES[name]

    def send_and_work():
        answer = post(client, integration, make(poison.SIZE), content_type=media_type)
        assert answer.status_code < 500
        work()

    assert cost.cpu_s(send_and_work) / cost.cpu_s(cost.reference) < MAX_UNITS
    assert not InboundMessage.objects.filter(status="pending").exists()
    post(client, other, FAILURE)
    work()
    assert InboundMessage.objects.filter(integration=other).exists()


def test_parts_in_parts_say_what_is_wrong_with_them(client):
    body = poison.nested_multipart(1_040_000, depth=800)

    answer = post(client, make_integration(), body, content_type=poison.MULTIPART)

    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable")
    assert InboundMessage.objects.get().get_status_display() == "Mapping Failed"


@pytest.mark.parametrize("provider", ["sns", "rocketchat", "statuscake", "linear", "netlify"])
@pytest.mark.parametrize("body", [DEEP, b"[" * 100_000, b'{"Type": [], "TopicArn": "a"}'])
def test_deep_json_is_a_refused_signature(client, provider, body):
    integration = make_integration(signature_provider=provider, signature_secret="s" * 20)

    answer = post(client, integration, body, headers={"Linear-Signature": "a"})

    assert answer.status_code == 401
