"""The app package that makes a bot of Azure an app in Teams.

https://learn.microsoft.com/microsoftteams/platform/resources/schema/manifest-schema
"""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings

SCHEMA = "https://developer.microsoft.com/json-schemas/teams/v1.16/MicrosoftTeams.schema.json"
SCOPES = ["personal", "team", "groupChat"]
COMMANDS = (
    ("id", "Tells the ID to enter in OpsPortal"),
    ("ack", "Acknowledges: ack 1042"),
    ("status", "Who has it: status 1042"),
)
# 192 pixels in colour, and 32 in white on nothing.
ICONS = {"color.png": "icon-192.png", "outline.png": "teams-outline-32.png"}
# A fixed time: the same bot makes the same file.
MADE_AT = (2026, 1, 1, 0, 0, 0)


def package(app_id: str) -> bytes:
    """The ZIP file: the manifest, and two icons."""
    images = Path(settings.BASE_DIR) / "static" / "img"
    files = {"manifest.json": json.dumps(manifest(app_id), indent=2).encode()}
    files |= {name: (images / source).read_bytes() for name, source in ICONS.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, MADE_AT), content)
    return packed.getvalue()


def manifest(app_id: str) -> dict[str, Any]:
    """Names the bot and where it may be used; Teams wants addresses of the maker as well."""
    site = settings.SITE_URL
    titles = [{"title": name, "description": words} for name, words in COMMANDS]
    return {
        "$schema": SCHEMA,
        "manifestVersion": "1.16",
        "version": "1.0.0",
        "id": app_id,
        "developer": {
            "name": "OpsPortal",
            "websiteUrl": site,
            "privacyUrl": site,
            "termsOfUseUrl": site,
        },
        "name": {"short": "OpsPortal", "full": "OpsPortal"},
        "description": {
            "short": "Pages who is on call, and tells channels of incidents",
            "full": "OpsPortal pages who is on call. Its cards acknowledge and resolve incidents.",
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#1864AB",
        "bots": [
            {
                "botId": app_id,
                "scopes": SCOPES,
                "supportsFiles": False,
                "isNotificationOnly": False,
                "commandLists": [{"scopes": SCOPES, "commands": titles}],
            }
        ],
        "permissions": ["identity", "messageTeamMembers"],
        "validDomains": [],
    }
