"""A fake that checks what a server of Mattermost checks, and keeps its posts."""

import json
import re

from tests.notifications.providers.fakes import Vendor, provider_of

MATTERMOST = provider_of("mattermost_bot", "mattermost_bot")
TOKEN = MATTERMOST.example["token"]
JANE, BOT, ROOM = "k9m3x7qj1tgd8rwz5n2pb4ceho", "b" * 26, "r" * 26
DIRECT = "d" * 26
PERSON = {"user_id": JANE, "channel_id": ""}
CHANNEL = {"user_id": "", "channel_id": ROOM}
PEOPLE = {"jane@example.com": JANE}


class Server(Vendor):
    """Presses of its buttons come as it makes them: with the context that no client sees."""

    def __init__(self, receiver):
        super().__init__(receiver, self.judge_all)
        self.posts = {}

    @property
    def config(self):
        url = {"callback_url": "https://ops.example/callbacks/x/"}
        return MATTERMOST.example | {"server": self.url} | url

    def judge_all(self, method, path, headers, body):
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return error(401, "api.context.session_expired.app_error")
        name, parts = path.removeprefix("/api/v4/"), json.loads(body) if body else {}
        if name == "users/me":
            return 200, {"id": BOT, "username": "ops", "is_bot": True}
        if name == "channels/direct":
            return (201, {"id": DIRECT}) if parts == [BOT, JANE] else error(400, "direct")
        if name.startswith("users/email/"):
            found = PEOPLE.get(name.removeprefix("users/email/"))
            return (200, {"id": found}) if found else error(404, "app.user.missing_account.const")
        return self.judge_post(method, name, parts)

    def judge_post(self, method, name, parts):
        post = self.posts.get(name.removeprefix("posts/").removesuffix("/patch"))
        if method == "POST" and parts["channel_id"] not in (ROOM, DIRECT):
            return error(403, "api.context.permissions.app_error")
        if method == "PUT" and post is None:
            return error(404, "app.post.get.app_error")
        if reason := refused(parts):
            return error(400, reason)
        post = post or {"id": f"{len(self.posts) + 1:p>26}"}
        self.posts[post["id"]] = post | parts
        return 201, self.posts[post["id"]]

    @property
    def last(self):
        return list(self.posts.values())[-1]

    def actions(self, post=None):
        attachments = (post or self.last).get("props", {}).get("attachments", [])
        return [action for one in attachments for action in one["actions"]]

    def press(self, name, *, by=JANE, trigger="t1", post=None, **changed):
        post = post or self.last
        action = next(one for one in self.actions(post) if one["name"] == name)
        return {
            "user_id": by,
            "user_name": "jane",
            "channel_id": post["channel_id"],
            "team_id": "",
            "post_id": post["id"],
            "trigger_id": trigger,
            "type": "",
            "context": action["integration"]["context"],
        } | changed


def refused(parts):
    if len(parts["message"]) > 16_383 or not parts["message"].strip():
        return "model.post.is_valid.message_length.app_error"
    attachments = parts.get("props", {}).get("attachments", [])
    ids = [action["id"] for one in attachments for action in one["actions"]]
    good = all(re.fullmatch(r"[A-Za-z0-9]+", one) for one in ids) and len(set(ids)) == len(ids)
    return "" if good else "model.post.is_valid.props_invalid.app_error"


def error(status, name):
    return status, {"id": name, "message": "No.", "status_code": status, "request_id": "q"}
