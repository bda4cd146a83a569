"""Services and integrations of whose low urgency and news a person does not want to be told."""

from collections.abc import Iterable

from django.db import transaction

from incidents.errors import InvalidRequest
from incidents.models import Service, User
from integrations.models import Integration, IntegrationOptOut
from notifications.models import ServiceOptOut


@transaction.atomic
def opt_out(user: User, what: Service | Integration) -> None:
    """From the next message on, low urgency and news of it are lines in the portal alone. Twice is
    as once. Raises InvalidRequest for what the person does not see."""
    if not type(what).objects.visible_to(user).filter(pk=what.pk).exists():
        raise InvalidRequest(f"There is no {what._meta.verbose_name} that you may see by that id.")
    if isinstance(what, Service):
        ServiceOptOut.objects.get_or_create(user=user, service=what)
    else:
        IntegrationOptOut.objects.get_or_create(user=user, integration=what)


def opt_in(user: User, what: Service | Integration) -> None:
    """The person is told of it as of all others. Twice is as once."""
    if isinstance(what, Service):
        ServiceOptOut.objects.filter(user=user, service=what).delete()
    else:
        IntegrationOptOut.objects.filter(user=user, integration=what).delete()


@transaction.atomic
def set_opt_outs(
    user: User, *, services: Iterable[Service], integrations: Iterable[Integration]
) -> None:
    """What a person has opted out of, as a whole. Raises InvalidRequest as ``opt_out`` does."""
    wanted: list[Service | Integration] = [*services, *integrations]
    for row in ServiceOptOut.objects.filter(user=user).select_related("service"):
        if row.service not in wanted:
            row.delete()
    for one in IntegrationOptOut.objects.filter(user=user).select_related("integration"):
        if one.integration not in wanted:
            one.delete()
    for what in wanted:
        opt_out(user, what)
