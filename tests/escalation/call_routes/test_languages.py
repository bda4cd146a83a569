"""Live call routing speaks to whoever is rung in their language, to callers in the portal's."""

import pytest

from tests.escalation.call_routes.conftest import ANA
from tests.escalation.calls import make_phone, make_route
from tests.factories import make_user
from tests.tasks import run_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana():
    person = make_user("Ana", language="de")
    make_phone(person, ANA)
    return person


def said(twiml):
    return [(one.get("language"), one.text) for one in twiml.iter("Say")]


def test_who_is_rung_hears_german_before_and_after_the_key(twilio, ana):
    twilio.call(make_route(ana))
    run_tasks()

    assert '<Say language="de-DE">OpsPortal. Emergency line. Ein Anruf von ' in twilio.leg["Twiml"]
    assert "Drücken Sie die 1, um ihn anzunehmen." in twilio.leg["Twiml"]
    assert said(twilio.press("1")) == [("de-DE", "Sie haben den Anruf.")]


def test_the_caller_hears_the_language_of_the_portal(twilio, ana, settings):
    settings.MESSAGE_LANGUAGE = "de"

    ((voice, greeting),) = said(twilio.call(make_route(ana)))

    assert (voice, greeting[:22]) == ("de-DE", "Danke für Ihren Anruf.")


def test_a_greeting_that_was_written_stays_as_it_is(twilio, ana, settings):
    settings.MESSAGE_LANGUAGE = "de"

    assert said(twilio.call(make_route(ana, greeting="Moin."))) == [("de-DE", "Moin.")]
