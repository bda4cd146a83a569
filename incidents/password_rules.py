"""What a password must not be, beyond Django's own rules."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError

HELP = "It must not be your own e-mail address."


class NotTheOwnAddress:
    """Refuses the login as the password: the whole address, or what stands before the @.

    Letter case, and what is put before or behind of digits and signs, make no difference.
    """

    def validate(self, password: str, user: AbstractBaseUser | None = None) -> None:
        address = str(getattr(user, "email", "") or "").lower()
        if not address:
            return
        found = _core(password)
        if found in {_core(address), _core(address.partition("@")[0])}:
            raise ValidationError(HELP, code="password_is_the_address")

    def get_help_text(self) -> str:
        return HELP


def _core(text: str) -> str:
    """The letters and digits, in lower case, without digits at the ends."""
    kept = "".join(sign for sign in text.lower() if sign.isalnum())
    return kept.strip("0123456789") or kept
