"""Each plug-in of Apprise that is let in: it posts once, to its service, what is to be told."""

from contextlib import suppress
from pkgutil import resolve_name
from urllib.parse import unquote_plus, urlsplit

import pytest

from notifications.channels import all_channels
from notifications.channels._apprise_plugins import PLUGINS
from opsportal.lib.net.errors import DeliveryError
from tests.notifications.samples import SITE, make_brief, make_message

APPRISE = all_channels()["apprise"]
KEY, KEY_32, ID = "a" * 40, "b" * 32, "b8b4881f-4c0f-4f8e-9d4f-0d6a4f7f8e11"
PHONE = "15557654321"
ADDRESSES = {
    "46elks": f"46elks://user:pass@+15551234567/+{PHONE}",
    "bulksms": f"bulksms://id1:secret1@{PHONE}",
    "chanify": f"chanify://{KEY}",
    "clicksend": f"clicksend://user:key@{PHONE}",
    "d7sms": f"d7sms://{KEY}@{PHONE}",
    "flock": f"flock://{'a' * 24}",
    "httpsms": f"httpsms://{KEY_32}@15551234567/{PHONE}",
    "ifttt": f"ifttt://{'a' * 22}/event",
    "join": f"join://{KEY_32}/{KEY_32}",
    "octopush": f"octopush://user@example.com/{KEY}/+{PHONE}",
    "pagertree": f"pagertree://int_{'a' * 14}",
    "pbul": f"pbul://{KEY_32}",
    "prowl": f"prowl://{KEY}",
    "push": f"push://{ID}",
    "pushed": f"pushed://{KEY_32}/{KEY_32}{KEY_32}",
    "pushy": f"pushy://{KEY_32}/@device",
    "schan": f"schan://{'a' * 30}",
    "seven": f"seven://{KEY}/{PHONE}",
    "signl4": f"signl4://{'a' * 12}",
    "spike": f"spike://{KEY_32}",
    "splunk": f"splunk://routekey@{ID}",
    "stackfield": f"stackfield://{ID}",
    "telesign": f"telesign://{'A1B2' * 8}:YXBpa2V5MTIz@{PHONE}",
    "telnyx": f"telnyx://{KEY}@15551234567/{PHONE}",
    "threema": f"threema://*GATEWAY@{'a' * 16}/+{PHONE}",
    "viber": f"viber://{KEY}/{'b' * 24}",
    "wecombot": f"wecombot://{ID}",
    "wxpusher": f"wxpusher://AT_{KEY_32}/UID_{'b' * 20}",
}


def test_there_is_an_address_of_each():
    assert set(ADDRESSES) == set(PLUGINS)


@pytest.mark.parametrize("scheme", ADDRESSES)
def test_it_is_taken_and_posts_once_to_its_service_with_the_link(outside, scheme):
    form = APPRISE.Form({"url": ADDRESSES[scheme]})
    assert form.is_valid(), form.errors
    outside.answers_with(200, {})

    # Not all of them are content with an answer that says nothing.
    with suppress(DeliveryError):
        APPRISE.send(form.cleaned_data, make_message(make_brief()))

    (request,) = outside.requests
    host = urlsplit(resolve_name(f"apprise.plugins.{PLUGINS[scheme]}").notify_url).hostname
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    told = unquote_plus(f"{request.url} {body}").replace("\\/", "/")
    assert urlsplit(request.url).hostname == host
    assert f"{SITE}/incidents/1042/" in told
    assert "github" not in told


def test_an_answer_that_a_plugin_stumbles_over_leaves_doubt(outside):
    outside.answers_with(200, {"status": "none of its numbers"})

    with pytest.raises(DeliveryError, match="answered what cannot be read") as failure:
        APPRISE.send({"url": ADDRESSES["viber"]}, make_message(make_brief()))

    assert failure.value.ambiguous
