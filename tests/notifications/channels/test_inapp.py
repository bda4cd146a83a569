from notifications.channels import all_channels
from tests.notifications.samples import make_brief, make_message

INAPP = all_channels()["inapp"]


def test_nothing_leaves_the_house(outside):
    assert INAPP.send({}, make_message(make_brief())) == ""
    assert outside.requests == []


def test_a_row_in_the_portal_does_not_count_as_having_told_somebody():
    assert INAPP.reaches is False
