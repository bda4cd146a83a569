"""What Django-Q's workers run for accounts."""

import logging

from incidents import invitations
from incidents.models import User

logger = logging.getLogger(__name__)


def send_reset_link(person_id: int) -> None:
    """Mail the link with which this person sets a new password."""
    person: User | None = User.objects.active().filter(pk=person_id).first()
    if person is None or not person.has_usable_password():
        return
    if problem := invitations.send_reset(person, invitations.link_for(person)):
        logger.error("No link to reset the password reached %s. %s", person.email, problem)
