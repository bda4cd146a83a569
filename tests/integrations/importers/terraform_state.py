"""What Terraform keeps of a pager, in its three forms."""

from tests.integrations.importers.pagerduty_account import OFFICE


def resource(kind, **values):
    return {"mode": "managed", "type": kind, "name": "this", "values": values}


def layer(users, **fields):
    return {
        "id": fields.pop("id"),
        "name": "",
        "start": "2026-03-02T09:00:00+01:00",
        "end": "",
        "rotation_virtual_start": "2026-03-02T09:00:00+01:00",
        "rotation_turn_length_seconds": 604800,
        "users": users,
        "restriction": [],
        **fields,
    }


PD = [
    resource(
        "pagerduty_schedule",
        id="PSHOP01",
        name="Payments primary",
        time_zone="Europe/Berlin",
        teams=["T1"],
        layer=[
            layer(["PANA", "PBO", "PCY"], id="PL1"),
            layer(["PDI"], id="PL2", restriction=OFFICE),
        ],
    ),
    resource(
        "pagerduty_escalation_policy",
        id="PEP1",
        name="Payments",
        num_loops=2,
        teams=[],
        rule=[
            {
                "id": "R1",
                "escalation_delay_in_minutes": 5,
                "target": [{"id": "PSHOP01", "type": "schedule_reference"}],
            },
            {
                "id": "R2",
                "escalation_delay_in_minutes": 15,
                "target": [
                    {"id": "PCY", "type": "user_reference"},
                    {"id": "PDI", "type": "user_reference"},
                ],
                "escalation_rule_assignment_strategy": [{"type": "round_robin"}],
            },
        ],
    ),
    resource(
        "pagerduty_user",
        id="PANA",
        name="Ana",
        email="ana@shop.example",
        time_zone="",
        role="owner",
    ),
    resource(
        "pagerduty_user_contact_method",
        id="C1",
        user_id="PANA",
        type="phone_contact_method",
        address="1511",
        country_code=49,
    ),
    resource(
        "pagerduty_user_notification_rule",
        id="N1",
        user_id="PANA",
        start_delay_in_minutes=2,
        urgency="high",
        contact_method={"id": "C1", "type": "phone_contact_method"},
    ),
    resource("pagerduty_team", id="T1", name="Payments"),
    resource(
        "pagerduty_team_membership", id="PANA:T1", team_id="T1", user_id="PANA", role="manager"
    ),
    resource(
        "pagerduty_service",
        id="S1",
        name="Shop",
        escalation_policy="PEP1",
        acknowledgement_timeout="600",
        auto_resolve_timeout="null",
        incident_urgency_rule=[{"type": "constant", "urgency": "high"}],
    ),
    resource(
        "pagerduty_service_integration",
        id="I1",
        service="S1",
        name="Events",
        type="events_api_v2_inbound_integration",
        integration_key="k" * 32,
    ),
]


def show(*resources):
    """As ``terraform show -json`` writes it, one resource in a module."""
    module = {
        "resources": list(resources[:1]),
        "child_modules": [{"resources": list(resources[1:])}],
    }
    return {
        "format_version": "1.0",
        "terraform_version": "1.9.0",
        "values": {"root_module": module},
    }


def state(*resources):
    """As its state is kept."""
    rows = [
        {"type": one["type"], "mode": "managed", "instances": [{"attributes": one["values"]}]}
        for one in resources
    ]
    return {"version": 4, "terraform_version": "1.9.0", "resources": rows}


def plan(*resources):
    """As ``terraform show -json`` writes a plan."""
    return {"terraform_version": "1.9.0", "prior_state": show(*resources)}
