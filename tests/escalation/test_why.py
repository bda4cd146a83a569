"""Why was I (not) paged, and why am I (not) on call?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from escalation.actions import schedules
from escalation.actions.absences import add_absence
from escalation.actions.overrides import OverrideDraft, Span, add_override
from escalation.choices import TargetKind
from escalation.models import Override, Target
from escalation.schedules.definition import Definition, Layer, Window, parse_wall
from escalation.why.on_call import why_on_call
from escalation.why.paged import why_paged
from incidents.actions import respond
from notifications.models import ContactMethod, Notification
from tests.api import make_paging_incident, make_person, script, session
from tests.factories import make_policy, make_schedule, make_service, make_team, make_user

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 30, 6, 59, tzinfo=UTC)  # A minute before Bo takes over from Ana.


@pytest.fixture
def rota():
    ana, bo = make_user("Ana"), make_user("Bo")
    return make_schedule(bo, ana, name="Payments"), ana, bo


def ask(rota, person, at=AT):
    found = why_on_call(rota[0], person, at, person.zone)
    return found.is_yes, found.text, [one.text for one in found.reasons]


def override(schedule, people, by, **fields):
    """One whose time is over, as an import may make it."""
    draft = OverrideDraft(
        span=Span(AT - timedelta(hours=1), AT + timedelta(hours=1)), people=people, **fields
    )
    row = add_override(schedule, draft, by=by, origin="import")
    Override.objects.filter(pk=row.pk).update(made_at=AT - timedelta(days=2))
    return row


def test_whoever_is_on_call_hears_by_what(rota):
    is_yes, text, _ = ask(rota, rota[1])

    assert is_yes
    assert text == (
        "Ana is on call in Payments (primary): layer Weekly, turn until Mon 30 Mar 07:00."
    )


def test_of_whoever_is_not_it_says_whose_turn_it_is_and_when_theirs_comes(rota):
    is_yes, text, reasons = ask(rota, rota[2])

    assert not is_yes
    assert text == (
        "Bo is not on call in Payments: in layer Weekly it is the turn of Ana until"
        " Mon 30 Mar 07:00."
    )
    assert reasons[-1] == "Bo is on call from Mon 30 Mar 07:00 on."


def test_an_override_is_named_with_its_author_time_and_reason(rota):
    schedule, ana, _ = rota
    cy = make_user("Cy")
    override(schedule, [cy], make_user("Di"), reason="dentist")

    _, text, reasons = ask(rota, ana)

    assert text == (
        "Ana is not on call in Payments: Cy instead of everybody until Mon 30 Mar 07:59, an"
        " override by Di, Sat 28 Mar 06:59, dentist."
    )
    assert any("Cy is on call: override until" in reason for reason in reasons)


def test_of_two_overrides_the_one_that_took_the_person_out_is_named(rota):
    schedule, ana, bo = rota
    first = override(schedule, [bo], make_user("Di"), reason="first")
    override(schedule, [ana], make_user("Ed"), instead_of=bo, reason="second")
    Override.objects.filter(pk=first.pk).update(made_at=AT - timedelta(days=3))

    assert "an override by Ed" in ask(rota, bo)[1]
    assert ask(rota, ana)[0]


def test_a_cover_is_named_with_who_said_so():
    now = timezone.now()
    ana, ivy, boss = make_user("Ana"), make_user("Ivy"), make_user("Boss")
    schedule = make_schedule(ana, name="Payments")
    span = Span(now - timedelta(hours=1), now + timedelta(days=1))
    add_absence(ana, span, cover=ivy, by=boss)

    found = why_on_call(schedule, ana, now, ana.zone)

    assert found.text.startswith(
        "Ana is not on call in Payments: Ivy covers for Ana, who is away until"
    )
    assert "by Boss, " in found.text


def test_whoever_is_switched_off_hears_that_first(rota):
    ana = rota[1]
    ana.is_active = False
    ana.save()

    assert "Ana is switched off since" in ask(rota, ana, timezone.now())[1]


def test_closed_layers_and_those_of_a_lower_rank_are_told():
    ana, bo, cy = make_user("Ana"), make_user("Bo"), make_user("Cy")
    anchor = parse_wall("2026-03-02T09:00")
    office = Window(frozenset([5]), 540, 1020)  # Saturdays
    layers = (
        Layer("low", "Low", anchor=anchor, ring=((ana.pk,),), rank=1),
        Layer("high", "High", anchor=anchor, ring=((bo.pk,),), rank=2),
        Layer("sat", "Saturday", anchor=anchor, ring=((cy.pk,),), rank=3, windows=(office,)),
    )
    row = schedules.add_schedule(Definition("UTC", layers), name="Ranks")

    assert "layer Low names them, and a layer of a higher rank" in ask((row,), ana)[1]
    assert "layer Saturday is closed then" in ask((row,), cy)[1]
    assert "no layer of Ranks names Di" in ask((row,), make_user("Di"))[1]


def paged(incident, person):
    found = why_paged(incident, person, person)
    return found.is_yes, found.text, [one.text for one in found.reasons]


def test_a_page_that_arrived_is_the_answer():
    ana = make_user("Ana")
    incident = make_paging_incident(policy=make_policy(ana, name="Standard"))
    incident.notifications.filter(channel="email").update(state="sent", done_at=AT)

    is_yes, text, _ = paged(incident, ana)

    assert is_yes
    assert text == (
        "Ana was paged Mon 30 Mar 06:59 by Email (step 1 of Standard: named in the step)."
    )


def test_a_failure_says_the_words_of_the_provider_and_hides_the_address_from_others():
    ana, bo = make_user("Ana"), make_person("Responder", name="Bo")
    incident = make_paging_incident(policy=make_policy(ana, name="Standard"))
    said = f"550 no mailbox {ana.email}"
    Notification.objects.filter(incident=incident, channel="email").update(
        state="failed", error=said, attempts_made=1, done_at=AT
    )

    assert said in paged(incident, ana)[1]
    seen_by_bo = why_paged(incident, ana, bo).text
    assert ana.email not in seen_by_bo
    assert "550 no mailbox (the address)" in seen_by_bo


def test_in_no_step_comes_first():
    incident = make_paging_incident(policy=make_policy(make_user("Ana"), name="Standard"))

    _, text, reasons = paged(incident, make_user("Bo"))

    assert text.endswith(": No step of Standard names Bo.")
    assert any("Step 1 did not mean Bo" in one and "It told: Ana" in one for one in reasons)


def test_not_on_call_then_comes_with_the_explanation_of_the_schedule(rota):
    schedule, ana, bo = rota
    policy = make_policy([], name="Standard")
    Target.objects.create(step=policy.steps.get(), kind=TargetKind.SCHEDULE, schedule=schedule)
    incident = make_paging_incident(policy=policy)
    off = next(one for one in (ana, bo) if not paged(incident, one)[2][0].startswith("By E"))

    _, text, _ = paged(incident, off)

    assert f"did not mean {off}" in text
    assert f"{off} is not on call in Payments: in layer Weekly it is the turn of" in text


def test_an_acknowledgement_before_the_step_of_the_person_is_named():
    ana, bo = make_user("Ana"), make_user("Bo")
    incident = make_paging_incident(policy=make_policy(ana, bo, name="Standard"))
    before = paged(incident, bo)[2]
    respond.acknowledge(incident.pk, by=ana)
    incident.refresh_from_db()

    after = paged(incident, bo)[2]

    assert any("Step 2 names Bo, and was not taken: the next step is due" in one for one in before)
    assert any("Step 2 names Bo, and was not taken: Ana acknowledged it" in one for one in after)


def test_no_usable_address_and_no_member_of_the_team_are_told():
    ana, bo = make_user("Ana", email=False), make_user("Bo")
    ContactMethod.objects.filter(user=ana).update(is_enabled=False)
    team = make_team(bo)
    policy = make_policy([ana], name="Standard")
    step = policy.steps.get()
    Target.objects.create(step=step, kind=TargetKind.TEAM_ROLE, team=team, role="manager")
    incident = make_paging_incident(policy=policy)

    assert "they have no verified and enabled address" in paged(incident, ana)[1]
    assert f"manager of {team}, which Bo is not" in " ".join(paged(incident, bo)[2])


def test_the_api_and_the_pages_answer_for_oneself_and_for_others(rota):
    schedule, ana, _ = rota
    owner = make_person("Owner")
    incident = make_paging_incident(make_service(), policy=make_policy(ana))
    client = script(owner)

    mine = client.get(f"/api/v1/incidents/{incident.pk}/why/").json()
    assert (mine["person"], mine["was_paged"]) == (owner.pk, False)
    query = {"person": ana.email, "at": "2026-03-30T06:59Z"}
    hers = client.get(f"/api/v1/schedules/{schedule.pk}/why/", query)
    assert hers.json()["is_on_call"]
    assert client.get(f"/api/v1/incidents/{incident.pk}/why/?person=nobody").status_code == 400

    pages = session(owner)
    page = pages.get(f"/incidents/{incident.pk}/why/?person={ana.pk}").content.decode()
    assert "By Email it is to go out" in page
    shift = pages.get(f"/schedules/{schedule.pk}/shift/?at=1774853940&person={ana.pk}")
    assert "Ana is on call in Payments (primary)" in shift.content.decode()
    link = f'href="/incidents/{incident.pk}/why/"'
    assert link in pages.get(incident.get_absolute_url()).content.decode()
