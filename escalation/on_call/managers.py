"""Who is told of what is wrong with a schedule or a policy."""

from django.db.models import Q

from incidents.models import Membership, User


def managers_or_owners(teams: Q) -> list[int]:
    """The ids of the active managers of these teams, as a condition on memberships; where there is
    none, of the Owners."""
    managers = Membership.objects.filter(teams, is_manager=True, user__is_active=True)
    found = sorted(set(managers.values_list("user_id", flat=True)))
    return found or list(User.objects.owners().values_list("pk", flat=True))
