"""What the roles that exist may do with what is new."""

from django.contrib.auth.management import create_permissions
from django.db import migrations
from django.db.models import Q


def _of_models(app, *models):
    return Q(content_type__app_label=app, content_type__model__in=models)


def _named(app, *codenames):
    return Q(content_type__app_label=app, codename__in=codenames)


OWN_ACCOUNT = _named(
    "incidents",
    "User_View_UserAccess",
    "User_Update_UserAccess",
    "Users_View_UserAccess",
    "Users_Notifications_Update_UserAccess",
)
# Roles with the permission on the left get those on the right.
GIVEN = {
    "view_policy": _named("incidents", "view_topic", "view_customfield"),
    "view_sharedchannel": _named("notifications", "view_statuspage"),
    "change_sharedchannel": _named(
        "notifications", "StatusPages_Maintenance", "StatusPages_Publish"
    ),
    "Messages_Send_GlobalAccess": _named("notifications", "StatusPages_Publish"),
    # Whoever administers what comes in administers what goes out.
    "InboundIntegrations_GlobalAccess": _named(
        "notifications", "OutboundIntegrations_GlobalAccess"
    ),
    "Message_Rule_Update": (
        _of_models("escalation", "workflow", "condition", "workflowaction", "workflowrun")
        | _of_models("escalation", "incidenttemplate")
        | _of_models("incidents", "topic", "customfield")
        | _named("incidents", "Export_GlobalAccess", "Template_Maintenance")
    ),
    "SecurityAdministration_Global_Access": (
        _of_models("integrations", "importrun", "importedobject")
        | _named("incidents", "AuditTrail_View", "UserAttribute_Maintenance")
    ),
    # What is of the whole portal, as the catch-all is: accounts at providers, their secrets.
    "change_catchall": (
        _of_models(
            "notifications",
            "earlyreceipt",
            "followup",
            "messagetemplate",
            "messageupdate",
            "outbounddelivery",
            "outboundexchange",
            "outboundmethod",
            "outboundservice",
            "provider",
            "pushkey",
            "ratebucket",
            "receivedreply",
            "serviceoptout",
            "statuscomponent",
            "statuspage",
            "statusreport",
            "statussubscriber",
            "statustemplate",
            "statusupdate",
            "teamcontact",
            "teamtest",
            "ticket",
        )
        | _of_models("escalation", "callroute", "incomingcall", "slackusergroup")
        | _of_models("integrations", "integrationoptout")
    ),
}


def give(apps, schema_editor):
    for label in ("escalation", "incidents", "integrations", "notifications"):
        config = apps.get_app_config(label)
        config.models_module = True
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = None
    permissions = apps.get_model("auth", "Permission").objects
    groups = apps.get_model("auth", "Group").objects
    own_account = list(permissions.filter(OWN_ACCOUNT))
    for group in groups.all():
        group.permissions.add(*own_account)
    for codename, given in GIVEN.items():
        added = list(permissions.filter(given))
        for group in groups.filter(permissions__codename=codename).distinct():
            group.permissions.add(*added)


class Migration(migrations.Migration):
    dependencies = [
        ("integrations", "0014_configuration_notices"),
        ("escalation", "0007_calls_and_groups"),
        ("incidents", "0012_editing_and_sla"),
        ("notifications", "0004_tickets_status_pages_rates"),
    ]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
