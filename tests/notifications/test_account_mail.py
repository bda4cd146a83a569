"""Mails of Django itself, such as invitations, where there is no mail server."""

import pytest
from django.core.mail import EmailMultiAlternatives

from incidents import invitations
from notifications.models import Provider
from notifications.providers import find_provider
from tests.factories import make_user
from tests.notifications.providers.vendors import Vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(settings, tmp_path):
    settings.EMAIL_BACKEND = "notifications.account_mail.Backend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return settings.EMAIL_FILE_PATH


@pytest.fixture
def brevo(receiver, monkeypatch):
    vendor = Vendor("brevo", receiver, monkeypatch)
    vendor.answers(201, {"messageId": "<1@x>"})
    return vendor


def make_account(position=0, name="Brevo"):
    config = find_provider("email", "brevo").example
    fields = {"channel": "email", "kind": "brevo", "config": config}
    return Provider.objects.create(name=name, position=position, **fields)


def invite():
    person = make_user()
    problem = invitations.send(person, "https://ops.example/set/1/", by=make_user())
    return person, problem


def test_an_invitation_goes_by_the_account(folder, brevo):
    make_account()

    person, problem = invite()

    assert problem == ""
    assert brevo.payload["to"] == [{"email": person.email}]
    assert "https://ops.example/set/1/" in brevo.payload["textContent"]
    assert "https://ops.example/set/1/" in brevo.payload["htmlContent"]
    assert list(folder.iterdir()) == []


def test_without_an_account_it_becomes_a_file(folder):
    invite()

    assert len(list(folder.iterdir())) == 1


def test_what_the_account_refuses_is_told_in_its_words(folder, brevo):
    make_account()
    brevo.answers(401, {"message": "Key not found"})

    _, problem = invite()

    assert problem == "The mail could not be sent: Brevo: Key not found (401)"


def test_the_html_of_a_mail_stays_and_each_reader_has_one_of_its_own(folder, brevo):
    make_account()
    mail = EmailMultiAlternatives("Hi", "Text <b>", None, ["a@example.com", "b@example.com"])
    mail.attach_alternative("<p>Rich</p>", "text/html")

    assert mail.send() == 1

    sent = [brevo.receiver.requests[n][2] for n in (0, 1)]
    assert all(b"<p>Rich</p>" in body for body in sent)
    assert b"a@example.com" in sent[0]
    assert b"a@example.com" not in sent[1]
