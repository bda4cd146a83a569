"""Fixtures that several modules use."""

from tests.integrations.forwards import old_pager  # noqa: F401
from tests.integrations.mail_providers import providers  # noqa: F401
from tests.integrations.on_call import key, rota  # noqa: F401
from tests.integrations.opsgenie import genie  # noqa: F401
from tests.integrations.smtp import receiver, start_receiver  # noqa: F401
