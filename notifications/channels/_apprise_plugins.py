"""Plug-ins of the library apprise, which is optional, without the connections that they open."""

import logging
from importlib.util import find_spec
from pkgutil import resolve_name
from sys import modules
from typing import Any

from opsportal.lib.net.errors import DeliveryError

IS_INSTALLED = find_spec("apprise") is not None
# By scheme, those of a fixed host that one POST reaches: of `requests` they use nothing else.
PLUGINS = {
    "46elks": "fortysixelks:Notify46Elks",
    "bulksms": "bulksms:NotifyBulkSMS",
    "chanify": "chanify:NotifyChanify",
    "clicksend": "clicksend:NotifyClickSend",
    "d7sms": "d7networks:NotifyD7Networks",
    "flock": "flock:NotifyFlock",
    "httpsms": "httpsms:NotifyHttpSMS",
    "ifttt": "ifttt:NotifyIFTTT",
    "join": "join:NotifyJoin",
    "octopush": "octopush:NotifyOctopush",
    "pagertree": "pagertree:NotifyPagerTree",
    "pbul": "pushbullet:NotifyPushBullet",
    "prowl": "prowl:NotifyProwl",
    "push": "techuluspush:NotifyTechulusPush",
    "pushed": "pushed:NotifyPushed",
    "pushy": "pushy:NotifyPushy",
    "schan": "serverchan:NotifyServerChan",
    "seven": "seven:NotifySeven",
    "signl4": "signl4:NotifySIGNL4",
    "spike": "spike:NotifySpike",
    "splunk": "splunk:NotifySplunk",
    "stackfield": "stackfield:NotifyStackfield",
    "telesign": "telesign:NotifyTelesign",
    "telnyx": "telnyx:NotifyTelnyx",
    "threema": "threema:NotifyThreema",
    "viber": "viber:NotifyViber",
    "wecombot": "wecombot:NotifyWeComBot",
    "wxpusher": "wxpusher:NotifyWxPusher",
}
APP_NAME = "OpsPortal"
logging.getLogger("apprise").setLevel(logging.CRITICAL)  # It logs whom it has told.


def scheme_of(url: str) -> str:
    """What stands before ``://``, in small letters; "" without that."""
    scheme, sign, _ = url.partition("://")
    return scheme.lower() if sign else ""


def plugin_of(url: str, requests: Any) -> Any:
    """What apprise makes of the address of one recipient; it sends by ``requests``.

    Raises DeliveryError for an address of any other kind, and where apprise is not installed.
    """
    if not IS_INSTALLED:
        raise DeliveryError("The package apprise is not installed.", permanent=True)
    if scheme_of(url) not in PLUGINS:
        raise DeliveryError("Apprise URLs of this kind are not taken here.", permanent=True)
    found = resolve_name(f"apprise.plugins.{PLUGINS[scheme_of(url)]}")
    vars(modules[found.__module__])["requests"] = requests
    # Without pictures, which phones would fetch from elsewhere.
    asset = resolve_name("apprise:AppriseAsset")(
        app_id=APP_NAME, image_url_mask="", image_url_logo=""
    )
    try:
        plugin = found(**found.parse_url(url), asset=asset)
    except TypeError:  # So are all of apprise's own errors of this kind.
        raise DeliveryError("This Apprise URL cannot be used.", permanent=True) from None
    if len(plugin) != 1:
        raise DeliveryError("Name one recipient: each is an address of its own.", permanent=True)
    return plugin


def notify(plugin: Any, title: str, text: str) -> None:
    """Send by the plug-in.

    Raises DeliveryError, which is in doubt where the plug-in stumbles over the answer.
    """
    words = "did not take the message"
    try:
        is_taken = plugin.notify(text, title, body_format="text")
    except (AttributeError, LookupError, TypeError, ValueError):
        words, is_taken = "answered what cannot be read", None
    if not is_taken:
        raise DeliveryError(f"{plugin.service_name} {words}.", ambiguous=is_taken is None)
