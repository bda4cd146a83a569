"""People, contact methods, teams and absences, as an import writes them."""

import hashlib
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from escalation.actions import absences, overrides, reminders
from escalation.models import Absence
from incidents.actions import people
from incidents.errors import InvalidRequest
from incidents.models import Team, User
from integrations.importers import neutral
from integrations.importers.known_zones import known_zones
from integrations.importers.neutral import Kind
from integrations.importers.plan import PLACEHOLDER_DOMAIN, Line
from integrations.importers.planning import address_of
from integrations.setup.imports.context import Context
from notifications.actions import contact_methods, preferences
from notifications.channels import all_channels
from notifications.models import ContactMethod


class PersonWriter:
    """Somebody new is a Responder who has no password yet; of whom nothing is said, a placeholder
    that is switched off."""

    def create(self, one: neutral.Person, line: Line, context: Context) -> User:
        email = address_of(one)
        if not email:
            email, groups = placeholder_address(one.id), []
        else:
            groups = context.invited_as
        if there := context.emails.get(email.lower()):
            return User.objects.get(pk=there)  # Two with one address at the source are one.
        row = people.add_person(
            email,
            by=context.by,
            groups=groups,
            name=line.name,
            time_zone=zone_of(one),
            is_active=one.is_active and not is_placeholder(email),
        )
        if one.reminders:
            context.pending += reminders.first_settings(row, one.reminders)
        context.emails[row.email.lower()] = row.pk
        return row

    def update(self, one: neutral.Person, line: Line, row: User, context: Context) -> User:
        fields: dict[str, Any] = {"name": line.name, "is_active": one.is_active}
        email = address_of(one)
        is_free = context.emails.get(email, row.pk) == row.pk
        if email and is_free and not row.has_usable_password():
            fields["email"] = email
        if one.zone in known_zones():
            fields["time_zone"] = one.zone
        # Who was a placeholder until now is somebody.
        groups = context.invited_as if is_placeholder(row.email) and "email" in fields else None
        before = row.email.lower()
        row = people.change_person(row.pk, by=context.by, groups=groups, **fields)
        # Where the source says nothing of reminders, they stay.
        if one.reminders and tuple(reminders.reminders_of(row)) != one.reminders:
            reminders.change_settings(row, one.reminders, now=timezone.now())
        context.emails.pop(before, None)
        context.emails[row.email.lower()] = row.pk
        return row

    def join(self, one: neutral.Person, row: User, context: Context) -> User:
        return row


def zone_of(person: neutral.Person) -> str:
    """Their time zone; UTC where it is none."""
    return person.zone if person.zone in known_zones() else "UTC"


def is_placeholder(email: str) -> bool:
    """Whether nobody is behind the address."""
    return email.endswith(f"@{PLACEHOLDER_DOMAIN}")


def placeholder_address(number: str) -> str:
    """An address that no mail reaches (RFC 2606), the same for the same id."""
    mark = hashlib.sha256(number.encode()).hexdigest()[:8]
    return f"{slugify(number)[:40] or 'person'}-{mark}@{PLACEHOLDER_DOMAIN}"


class ContactMethodWriter:
    """An address, not proved yet, and the rules that use it where the person is new here."""

    def create(self, one: neutral.ContactMethod, line: Line, context: Context) -> ContactMethod:
        """Raises NotYours for somebody who may more than whoever imports."""
        user = context.row(Kind.PERSON, one.person)
        if user.pk not in context.changeable:
            people.check_rank(context.by, user, ())
            context.changeable.add(user.pk)
        methods = context.methods_of(user)
        for method in methods:
            if method.channel == one.channel and method.address.lower() == one.value.lower():
                return method
        config = {all_channels()[one.channel].address_field: one.value}
        row = contact_methods.add_contact_method(
            user, one.channel, config, label=one.name[:100], position=len(methods)
        )
        methods.append(row)
        person = context.objects.get((Kind.PERSON, one.person))
        is_new = (Kind.PERSON, one.person) not in context.joined
        if isinstance(person, neutral.Person) and is_new:
            rules = [rule for rule in person.rules if rule.contact_method == one.id]
            uses = [(rule.urgency, rule.after_s // 60) for rule in rules]
            context.pending += preferences.rules_of(row, uses)
        return row

    def update(
        self, one: neutral.ContactMethod, line: Line, row: ContactMethod, context: Context
    ) -> ContactMethod:
        """Another address is another contact method: it has to be proved again."""
        return self.create(one, line, context)

    def join(
        self, one: neutral.ContactMethod, row: ContactMethod, context: Context
    ) -> ContactMethod:
        return row


class TeamWriter:
    """A team with its members, in order."""

    def create(self, one: neutral.Team, line: Line, context: Context) -> Team:
        team = Team.objects.create(name=line.name, description=one.description)
        people.set_members(team, self._members(one, context))
        return team

    def update(self, one: neutral.Team, line: Line, row: Team, context: Context) -> Team:
        row.name, row.description = line.name, one.description
        row.save(update_fields=["name", "description"])
        people.set_members(row, self._members(one, context))
        return row

    def join(self, one: neutral.Team, row: Team, context: Context) -> Team:
        """Members who are missing are added after those who are here."""
        held = [(member.user, set(member.roles)) for member in row.memberships.all()]
        there = {user.pk for user, _ in held}
        added = [pair for pair in self._members(one, context) if pair[0].pk not in there]
        if added:
            people.set_members(row, [*held, *added])
        return row

    def _members(self, one: neutral.Team, context: Context) -> list[tuple[User, set[str]]]:
        found: dict[int, set[str]] = {}
        for member in one.members:
            if (number := context.id_of(Kind.PERSON, member.person)) is not None:
                found.setdefault(number, set()).update(member.roles or ("primary",))
        users = context.rows(Kind.PERSON)
        return [(users[number], roles) for number, roles in found.items() if number in users]


class AbsenceWriter:
    """Out of office, everywhere; cancelled and made anew where the source changed it."""

    def create(self, one: neutral.Absence, line: Line, context: Context) -> Absence:
        """Raises InvalidRequest where whoever covers is not taken, or cannot cover."""
        user = context.row(Kind.PERSON, one.person)
        cover = context.row_or_none(Kind.PERSON, one.cover)
        if one.cover and cover is None:
            raise InvalidRequest(f"cover: {one.cover} is not taken.")
        span = overrides.Span(one.starts_at, one.ends_at)
        note = f"From {context.label}"
        return absences.add_absence(user, span, cover=cover, note=note, by=context.by)

    def update(self, one: neutral.Absence, line: Line, row: Absence, context: Context) -> Absence:
        if row.cancelled_at is None and row.ends_at > timezone.now():
            absences.cancel_absence(row)
        return self.create(one, line, context)

    def join(self, one: neutral.Absence, row: Absence, context: Context) -> Absence:
        return row
