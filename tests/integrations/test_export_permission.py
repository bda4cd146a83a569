import pytest
from django.contrib.auth.models import Permission

from integrations.models import ImportRun
from tests.integrations.pages import browser

pytestmark = pytest.mark.django_db


def test_one_permission_exports():
    permission = Permission.objects.get(codename="Export_GlobalAccess")

    assert permission.content_type.app_label == "incidents"
    assert permission.name == "May export the incidents they see, and reports of imports"


def test_a_report_is_for_whoever_may_import_and_export():
    run = ImportRun.objects.create(source="opsgenie", name="backup.zip")

    def status(*codenames):
        page = browser()
        page.user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        return page.get(f"/imports/{run.pk}/report.json").status_code

    assert status("Import_GlobalAccess") == 403
    assert status("Export_GlobalAccess") == 404
    assert status("Import_GlobalAccess", "Export_GlobalAccess") == 200
