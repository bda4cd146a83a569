"""Open alerts change their keys, when their sender is understood in another way."""

from collections.abc import Mapping

from django.db import transaction

from incidents.models import Alert
from opsportal.lib.advisory_locks import lock_keys


@transaction.atomic
def rekey(keys: Mapping[int, str]) -> int:
    """Give open alerts these keys, so that their end finds them; returns how many were changed.

    One whose new key another open alert has already stays as it is.
    """
    rows = list(Alert.objects.open().filter(pk__in=keys).values_list("pk", "service_id", "key"))
    lock_keys({(service, key) for _, service, key in rows} | {(s, keys[pk]) for pk, s, _ in rows})
    changed = 0
    for pk, service, old in rows:
        others = Alert.objects.open().filter(service=service, key=keys[pk])
        if keys[pk] != old and not others.exists():
            changed += Alert.objects.open().filter(pk=pk, key=old).update(key=keys[pk])
    return changed
