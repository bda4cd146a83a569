"""What is here already, for a plan: imported objects, names, keys, and what this version has."""

from django.db.models import Model

from escalation.models import Policy, Schedule
from incidents.models import Service, Team, User
from integrations.importers.neutral import Kind
from integrations.importers.plan import Here, Known
from integrations.models import ImportedObject, Integration, RetiredKey
from integrations.setup.imports.people import is_placeholder
from integrations.setup.imports.states import all_states
from notifications.channels import all_channels

NAMED: tuple[tuple[Kind, type[Model]], ...] = (
    (Kind.TEAM, Team),
    (Kind.SCHEDULE, Schedule),
    (Kind.POLICY, Policy),
    (Kind.SERVICE, Service),
)


def here_for(source: str) -> Here:
    """Reads all that a plan for the source is compared with."""
    rows = ImportedObject.objects.filter(source=source)
    known = {
        (Kind(row.kind), row.source_id): Known(
            row.object_id, row.fingerprint, row.state, row.is_joined, row.name
        )
        for row in rows
    }
    channels = {key for key, channel in all_channels().items() if channel.for_people}
    people = emails()
    return Here(
        known=known,
        states=all_states((kind, one.object_id) for (kind, _), one in known.items()),
        names={Kind.PERSON: people, **{kind: _named(model) for kind, model in NAMED}},
        keys=_keys(),
        placeholders=frozenset(pk for email, pk in people.items() if is_placeholder(email)),
        channels=frozenset(channels),
    )


def emails() -> dict[str, int]:
    """The address of each person, in small letters → our id."""
    return {email.lower(): pk for email, pk in User.objects.values_list("email", "pk")}


def _named(model: type[Model]) -> dict[str, int]:
    rows = model._default_manager.values_list("name", "pk")
    return {name.casefold(): pk for name, pk in rows}


def _keys() -> dict[str, int]:
    """Also those that were replaced: some are valid for a while, and to tell is not worth it."""
    retired = dict(RetiredKey.objects.values_list("digest", "integration"))
    return retired | dict(Integration.objects.values_list("token_digest", "pk"))
