"""A dump of the tables of Grafana OnCall."""

import pytest

from integrations.importers import grafana_oncall
from integrations.importers.files import files_of
from integrations.importers.neutral import (
    Integration,
    Person,
    Policy,
)
from tests.integrations.importers.oncall_installation import read
from tests.integrations.importing import calendar, every, only


def csv(header, *rows):
    return "\n".join([header, *rows]) + "\n"


def tables():
    """The sample as a dump of tables in CSV."""
    return {
        "user_management_user.csv": csv(
            "id,public_primary_key,email,username,role,_timezone,_verified_phone_number,is_active",
            *(
                f"{n},U{name.upper()},{name}@shop.example,{name},{n - 1},,{'+1' * (n == 1)},t"
                for n, name in enumerate(["ana", "bo", "cy", "di"], 1)
            ),
        ),
        "schedules_oncallschedule.csv": csv(
            "id,public_primary_key,name,team_id", "5,SPAY,Payments,"
        ),
        "schedules_oncallschedulecalendar.csv": csv(
            "oncallschedule_ptr_id,time_zone", "5,Europe/Berlin"
        ),
        "schedules_customoncallshift.csv": csv(
            "id,public_primary_key,name,type,priority_level,start,rotation_start,duration,frequency,"
            "interval,week_start,by_day,until,time_zone,rolling_users,"
            "start_rotation_from_user_index,schedule_id",
            "7,OP,primary,2,1,2026-03-02 09:00:00+00,2026-03-02 09:00:00+00,7 days,1,1,0,,,,"
            '"[{""1"": ""UANA""}, {""2"": ""UBO""}, {""3"": ""UCY""}]",0,',
            "8,OO,office,1,2,2026-03-02 09:00:00+00,2026-03-02 09:00:00+00,08:00:00,1,1,0,"
            '"[""MO"", ""TU"", ""WE"", ""TH"", ""FR""]",,,,,',
        ),
        "schedules_customoncallshift_users.csv": csv("id,customoncallshift_id,user_id", "1,8,4"),
        "schedules_oncallschedulecalendar_custom_on_call_shifts.csv": csv(
            "id,oncallschedulecalendar_id,customoncallshift_id", "1,5,7", "2,5,8"
        ),
        "schedules_shiftswaprequest.csv": csv(
            "id,public_primary_key,schedule_id,beneficiary_id,benefactor_id,swap_start,swap_end,deleted_at",
            "1,SSR1,5,1,2,2026-03-25 18:00:00+00,2026-03-26 06:00:00+00,",
        ),
        "alerts_escalationchain.csv": csv("id,public_primary_key,name,team_id", "1,F1,Payments,"),
        "alerts_escalationpolicy.csv": csv(
            "id,public_primary_key,escalation_chain_id,order,step,wait_delay,notify_schedule_id",
            "1,E1,1,0,9,,5",
            "2,E2,1,1,0,00:05:00,",
            "3,E3,1,2,13,,",
        ),
        "alerts_escalationpolicy_notify_to_users_queue.csv": csv(
            "id,escalationpolicy_id,user_id", "1,3,3"
        ),
        "alerts_alertreceivechannel.csv": csv(
            "id,public_primary_key,verbal_name,integration,token,deleted_at",
            "1,CI,Alerts,alertmanager,sometoken,",
            "2,CD,Gone,webhook,other,2026-01-01 00:00:00+00",
        ),
        "alerts_channelfilter.csv": csv(
            "id,public_primary_key,alert_receive_channel_id,escalation_chain_id,is_default,filtering_term",
            "1,R1,1,1,t,",
        ),
        "base_usernotificationpolicy.csv": csv(
            "id,public_primary_key,user_id,order,important,step,notify_by,wait_delay",
            "1,N1,1,0,f,0,0,00:01:00",
            "2,N2,1,1,f,1,2,",
        ),
    }


def test_a_dump_of_the_tables_says_the_same():
    export = grafana_oncall.read(files_of(tables()), {})

    assert export.problems == ()
    assert calendar(export, "03-25 16:00", "03-31 00:00") == calendar(
        read(), "03-25 16:00", "03-31 00:00"
    )
    policy = only(export, Policy)
    assert [(step.wait_s, step.targets[0].kind, step.targets[0].id) for step in policy.steps] == [
        (0, "schedule", "SPAY"),
        (300, "user", "UCY"),
    ]
    found = only(export, Integration)
    assert (found.id, found.template, found.key, found.policy) == (
        "CI",
        "alertmanager",
        "sometoken",
        "F1",
    )
    ana = only(export, Person, "UANA")
    assert [(rule.urgency, rule.after_s, rule.contact_method) for rule in ana.rules] == [
        ("high", 60, "UANA:voice"),
        ("low", 60, "UANA:voice"),
    ]
    assert ana.is_admin


@pytest.mark.parametrize("name", sorted(tables()))
@pytest.mark.parametrize("content", [None, "id\n", '"', "a,b\n1\n"])
def test_a_dump_with_a_table_missing_or_broken_never_fails(name, content):
    documents = tables()
    if content is None:
        del documents[name]
    else:
        documents[name] = content

    export = grafana_oncall.read(files_of(documents), {})

    assert len(every(export, Person)) == (0 if name == "user_management_user.csv" else 4)


def test_a_row_of_a_table_that_cannot_be_read_is_a_sentence():
    documents = tables()
    documents["schedules_customoncallshift.csv"] = documents[
        "schedules_customoncallshift.csv"
    ].replace("primary,2", "primary,9")

    export = grafana_oncall.read(files_of(documents), {})

    assert export.problems[0] == "schedules_customoncallshift.csv[0].type is 9, and not 0 to 3."
