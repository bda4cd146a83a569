"""A Slack that checks what the real one checks, and answers errors as it does: with 200."""

import hmac
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.notifications.servers import Receiver, answer

TOKEN = "xoxb-0-t0ken"
APP_TOKEN = "xapp-1-t0ken"
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def refusal(method, body, slack):
    """The error of a request that the real one would refuse; '' for what it would do."""
    check = REFUSALS.get(method)
    return check(method, body, slack) if check else ""


def _of_look_up(method, body, slack):
    return "" if body.get("email") in slack.people else "users_not_found"


def _of_dialog(method, body, slack):
    if body["trigger_id"] in slack.expired:
        return "expired_trigger_id"
    return "" if is_view(body["view"]) else "invalid_arguments"


def _of_group(method, body, slack):
    if body["usergroup"] not in slack.groups:
        return "no_such_subteam"
    return "" if body["users"] else "invalid_arguments"


def _of_message(method, body, slack):
    if error := _of_place(method, body, slack):
        return error
    if not body.get("text") and not body.get("blocks"):
        return "no_text"
    return of_blocks(body.get("blocks", []))


REFUSALS = {
    "users.lookupByEmail": _of_look_up,
    "views.open": _of_dialog,
    "usergroups.users.update": _of_group,
    "chat.postMessage": _of_message,
    "chat.update": _of_message,
}


def _of_place(method, body, slack):
    if body.get("channel") not in slack.places:
        return "channel_not_found"
    ts = body.get("ts") if method == "chat.update" else body.get("thread_ts")
    if method == "chat.update" and not ts:
        return "invalid_arguments"
    known = ts is None or (body["channel"], ts) in slack.posts
    return "" if known else "message_not_found" if method == "chat.update" else "thread_not_found"


def of_blocks(blocks):
    if len(blocks) > 50 or sum(len(json.dumps(one, ensure_ascii=False)) for one in blocks) > 26000:
        return "msg_blocks_too_long"
    good = all(CHECKS[block["type"]](block) for block in blocks)
    return "" if good else "invalid_blocks"


def is_text(text, limit):
    return text["type"] in ("mrkdwn", "plain_text") and 0 < len(text["text"]) <= limit


def is_section(block):
    fields = block.get("fields", [])
    texts = [is_text(block["text"], 3000)] if "text" in block else []
    texts += [is_text(field, 2000) for field in fields]
    extra = is_element(block["accessory"]) if "accessory" in block else True
    return bool(texts) and all(texts) and len(fields) <= 10 and extra


def is_element(one):
    if one["type"] == "static_select":
        options = one["options"]
        return 0 < len(options) <= 100 and is_text(one["placeholder"], 150)
    if one["type"] == "overflow":
        return 0 < len(one["options"]) <= 5 and are_options(one["options"])
    sized = is_text(one["text"], 75) and len(one.get("value", "")) <= 2000
    return sized and one["text"]["type"] == "plain_text" and len(one["action_id"]) <= 255


def are_options(options):
    return all(is_text(one["text"], 75) and 0 < len(one["value"]) <= 150 for one in options)


INPUTS = {
    "plain_text_input": lambda one: 0 < one["max_length"] <= 3000,
    "datetimepicker": lambda one: len(str(one["initial_date_time"])) == 10,
    "external_select": lambda one: is_text(one["placeholder"], 150),
    "static_select": lambda one: are_options(one["options"]),
}


def is_input(block):
    element = block["element"]
    return is_text(block["label"], 2000) and INPUTS[element["type"]](element)


def is_view(view):
    """Whether the real one would take a dialog."""
    texts = [view["title"], *(view[name] for name in ("submit", "close") if name in view)]
    kinds = {"input": is_input, "section": is_section}
    ids = [block["block_id"] for block in view["blocks"] if "block_id" in block]
    return (
        view["type"] == "modal"
        and all(is_text(one, 24) and one["type"] == "plain_text" for one in texts)
        and len(view.get("private_metadata", "")) <= 3000
        and len(set(ids)) == len(ids)
        and ("submit" in view or "input" not in {one["type"] for one in view["blocks"]})
        and all(kinds[block["type"]](block) for block in view["blocks"])
    )


def is_actions(block):
    ids = [one["action_id"] for one in block["elements"]]
    return (
        0 < len(ids) <= 25 and len(set(ids)) == len(ids) and all(map(is_element, block["elements"]))
    )


def is_context(block):
    return 0 < len(block["elements"]) <= 10 and all(is_text(one, 2000) for one in block["elements"])


CHECKS = {"section": is_section, "actions": is_actions, "context": is_context}


class FakeSlack(Receiver):
    """``posts`` has what stands in each channel, by (channel, ts); ``fail`` the next answers."""

    def __init__(self):
        super().__init__()
        self.posts, self.fail, self.calls = {}, [], []
        self.views, self.expired, self.unfurled = [], set(), []
        self.groups = {"S1": ["U9"]}
        self.socket_url = ""
        self.places = {"C1": "C1", "C2": "C2", "U42": "D42", "U43": "D43", "D42": "D42"}
        self.people = {"jane@example.com": "U42"}
        self.behave = self._behave

    @property
    def api(self):
        return f"http://127.0.0.1:{self.server_port}/api"

    def _behave(self, handler):
        path, headers, body = self.requests[-1]
        parts = urlsplit(path)
        if not parts.path.startswith("/api/"):
            return answer(handler, 200, b"ok")
        method = parts.path.removeprefix("/api/")
        if self.fail:
            status, fields, more = self.fail.pop(0)
            return answer(handler, status, json.dumps(fields).encode(), **more)
        fields = self._fields(method, headers, body, dict(parse_qsl(parts.query)))
        return answer(handler, 200, json.dumps(fields).encode(), Content_Type="application/json")

    def _fields(self, method, headers, body, query):
        if method == "oauth.v2.access":
            return self._connect(headers, dict(parse_qsl(body.decode())))
        token = APP_TOKEN if method == "apps.connections.open" else TOKEN
        if headers.get("Authorization") != f"Bearer {token}":
            return {"ok": False, "error": "invalid_auth"}
        sent = json.loads(body) if body else query
        self.calls.append((method, sent))
        if body and "charset=utf-8" not in headers["Content-Type"]:
            return {"ok": False, "error": "invalid_json"}
        if error := refusal(method, sent, self):
            return {"ok": False, "error": error}
        return {"ok": True, **getattr(self, method.replace(".", "_").lower())(sent)}

    def chat_postmessage(self, sent):
        place, ts = self.places[sent["channel"]], f"17000000{len(self.posts):02}.000100"
        self.posts[place, ts] = sent
        return {"channel": place, "ts": ts, "message": {"text": sent["text"]}}

    def chat_update(self, sent):
        self.posts[sent["channel"], sent["ts"]].update(sent)
        return {"channel": sent["channel"], "ts": sent["ts"]}

    def auth_test(self, sent):
        return {"team": "Acme", "user": "opsportal", "team_id": "T1"}

    def views_open(self, sent):
        self.views.append(sent["view"])
        return {"view": {"id": "V1"}}

    def chat_unfurl(self, sent):
        self.unfurled.append(sent)
        return {}

    def apps_connections_open(self, sent):
        return {"url": self.socket_url}

    def usergroups_list(self, sent):
        rows = [{"id": pk, "handle": "oncall", "name": "On call"} for pk in self.groups]
        return {"usergroups": rows}

    def usergroups_users_update(self, sent):
        self.groups[sent["usergroup"]] = sent["users"].split(",")
        return {"usergroup": {"id": sent["usergroup"]}}

    def users_lookupbyemail(self, sent):
        return {"user": {"id": self.people[sent["email"]]}}

    def conversations_list(self, sent):
        assert sent["limit"] == "200"
        if not sent.get("cursor"):
            rows = [{"id": "C1", "name": "ops", "is_private": False}]
            return {"channels": rows, "response_metadata": {"next_cursor": "abc="}}
        rows = [{"id": "C2", "name": "shop", "is_private": True}]
        return {"channels": rows, "response_metadata": {"next_cursor": ""}}

    def _connect(self, headers, form):
        if not headers.get("Authorization", "").startswith("Basic "):
            return {"ok": False, "error": "invalid_client_id"}
        if form.get("code") != "c0de":
            return {"ok": False, "error": "invalid_code"}
        team = {"id": "T1", "name": "Acme"}
        return {"ok": True, "access_token": TOKEN, "token_type": "bot", "team": team}

    @property
    def threads(self):
        """The texts of entries in threads."""
        return [post["text"] for post in self.posts.values() if post.get("thread_ts")]

    @property
    def roots(self):
        return [post for post in self.posts.values() if not post.get("thread_ts")]


def buttons_of(post):
    """The elements of a message that can be pressed, by their action."""
    rows = [block["elements"] for block in post["blocks"] if block["type"] == "actions"]
    found = [one for row in rows for one in row]
    found += [block["accessory"] for block in post["blocks"] if "accessory" in block]
    return {one["action_id"]: one for one in found}


def press_of(
    element, user, *, at="1700000000.1", option=0, url="https://hooks.slack.com/actions/1"
):
    """What Slack posts when a person presses a button, or chooses an option."""
    action = {"action_id": element["action_id"], "action_ts": at, "type": element["type"]}
    if element["type"] in ("static_select", "overflow"):
        action["selected_option"] = element["options"][option]
    else:
        action["value"] = element["value"]
    payload = {
        "type": "block_actions",
        "user": {"id": user, "team_id": "T1"},
        "container": {"message_ts": "1700000000.000100"},
        "response_url": url,
        "trigger_id": "1.2",
        "actions": [action],
    }
    return urlencode({"payload": json.dumps(payload)})


def signed(body, now, secret=SECRET):
    digest = hmac.new(secret.encode(), f"v0:{int(now)}:{body}".encode(), "sha256").hexdigest()
    return {"X-Slack-Request-Timestamp": str(int(now)), "X-Slack-Signature": f"v0={digest}"}
