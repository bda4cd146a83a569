"""Whoever is paged and has not shown for 90 days that anything reaches them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from escalation.actions import coverage
from escalation.coverage.links import link_of
from escalation.coverage.sentences import cost, sentence
from escalation.models import CoverageDefect
from notifications.models import ContactMethod
from tests.factories import make_method, make_policy, make_service, make_user

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LONG_AGO, LATELY = NOW - timedelta(days=91), NOW - timedelta(days=89)


def unproven(**fields):
    """What a review finds of somebody with two addresses whom two policies page."""
    ana = make_user("Ana")
    make_method(ana)
    for name in ("Payments", "Shop"):
        make_service(make_policy(ana, make_user("Bo"), name=name))
    for position, proof in enumerate(fields["proofs"]):
        method = ana.contact_methods.all()[position]
        ContactMethod.objects.filter(pk=method.pk).update(**proof)
    coverage.review(timezone.now())
    return list(CoverageDefect.objects.present().filter(kind="unproven"))


def test_nothing_was_answered_by_any_way_for_ninety_days():
    old = {"verified_at": NOW - timedelta(days=400), "proven_at": LONG_AGO}
    (row,) = unproven(proofs=[old, {"verified_at": LONG_AGO}])

    zone = make_user().zone
    assert (row.level, str(row.policy)) == ("amber", "Payments")
    assert sentence(row.kind, row.facts, row.get_spans(), zone) == (
        "Ana is paged by Payments, and has answered nothing that was sent to them for 91 days: "
        "the next 30 days."
    )
    assert cost(row.kind, row.facts) == "Whether a page reaches them is not known."
    assert "/user/" in link_of(row)


@pytest.mark.parametrize(
    "second",
    [
        pytest.param({"verified_at": LONG_AGO, "proven_at": LATELY}, id="one was answered"),
        pytest.param({"verified_at": LATELY}, id="one is new"),
    ],
)
def test_one_way_that_is_proven_or_new_is_enough(second):
    assert unproven(proofs=[{"verified_at": LONG_AGO}, second]) == []


def test_who_is_paged_by_no_policy_in_use_is_none():
    ana = make_user("Ana")
    make_policy(ana)
    ana.contact_methods.update(verified_at=LONG_AGO)

    coverage.review(timezone.now())

    assert not CoverageDefect.objects.exists()
