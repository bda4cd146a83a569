"""Languages of what is sent to people. The pages of the portal themselves are in English."""

from contextlib import AbstractContextManager

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation


class Language(TextChoices):
    """The languages that messages can be written in; each has a complete catalog in ``locale``."""

    ENGLISH = "en", "English"
    GERMAN = "de", "Deutsch"


# How a language is named to a voice that reads aloud.
VOICES = {Language.ENGLISH: "en-US", Language.GERMAN: "de-DE"}


def language_of(*wanted: str) -> str:
    """The first of these that is a language; else that of the portal (``LANGUAGE_CODE``)."""
    found = next((one for one in wanted if one in Language), "")
    return found or str(settings.MESSAGE_LANGUAGE)


def written_in(language: str) -> AbstractContextManager[None]:
    """Within it ``gettext``, and the templates of Django, speak this language; '' is the portal's
    own."""
    return translation.override(language_of(language))


def voice_of(language: str) -> str:
    """The name by which a voice knows the language, such as ``de-DE``."""
    return VOICES[Language(language_of(language))]
