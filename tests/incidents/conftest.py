import pytest

from incidents.signals import incident_changed


@pytest.fixture
def heard():
    """The verbs that the signal tells of, in order."""
    verbs = []

    def hear(sender, *, changes, **kwargs):
        verbs.extend(verb for _, verb in changes)

    incident_changed.connect(hear)
    yield verbs
    incident_changed.disconnect(hear)
