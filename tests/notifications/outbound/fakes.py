"""Ticket systems as local servers: they check what the real ones check, and keep their tickets."""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qs, unquote, urlsplit

from tests.notifications.providers.fakes import Vendor
from tests.notifications.servers import hang_up

DONE = {"id": "31", "name": "Finish", "to": {"name": "Done", "statusCategory": {"key": "done"}}}
START = {
    "id": "21",
    "name": "Start",
    "to": {"name": "In Progress", "statusCategory": {"key": "indeterminate"}},
}
BACK = {"id": "11", "name": "Back", "to": {"name": "To Do", "statusCategory": {"key": "new"}}}


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def hub_signature(secret, body):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class System(Vendor):
    """``drops``: so many requests that open a ticket are done, and their answer never comes."""

    def __init__(self, receiver):
        super().__init__(receiver, self.judge)
        self.tickets, self.comments, self.drops, self.is_findable = [], [], 0, True

    def behave(self, handler):
        before = len(self.tickets)
        if self.drops and handler.command == "POST":
            path, headers, body = self.receiver.requests[-1]
            self.judge(handler.command, path, headers, body)
            if len(self.tickets) > before:
                self.drops -= 1
                hang_up(handler)
                return
        super().behave(handler)

    def judge(self, method, path, headers, body):
        if headers.get(self.auth_header) != self.auth:
            return 401, {"message": "Client must be authenticated to access this resource."}
        place = urlsplit(path)
        self.query = {name: values[0] for name, values in parse_qs(place.query).items()}
        return self.respond(method, place.path, json.loads(body) if body else {})


class Jira(System):
    auth_header = "Authorization"

    def __init__(self, receiver, version="3", auth=""):
        super().__init__(receiver)
        self.root, self.transitions = f"/rest/api/{version}", [BACK, START, DONE]
        self.auth = auth or basic("ops@example.com", "t0ken-of-jira")
        self.links = []

    def respond(self, method, path, fields):
        path = path.removeprefix(self.root)
        if (method, path) == ("GET", "/myself"):
            me = {"accountId": "5b10-portal", "displayName": "OpsPortal", "key": "JIRAUSER1"}
            return 200, me
        if (method, path) == ("GET", "/project/OPS"):
            return 200, {"key": "OPS", "name": "Operations"}
        if (method, path) == ("POST", "/issue"):
            return self._create(fields["fields"])
        if method == "POST" and path in ("/search/jql", "/search"):
            return self._search(fields)
        return self._issue(method, path.split("/")[2:], fields)

    def _create(self, fields):
        missing = {"project", "issuetype", "summary"} - fields.keys()
        if missing or len(fields["summary"]) > 255:
            return 400, {"errorMessages": [], "errors": {"summary": "Too long or missing."}}
        if fields["issuetype"] != {"name": "Task"}:
            return 400, {"errorMessages": [], "errors": {"issuetype": "The type is not known."}}
        if (fields["description"].__class__ is dict) != self.root.endswith("3"):
            return 400, {"errors": {"description": "Not the format of this version."}}
        number = len(self.tickets) + 1
        status = BACK["to"]
        row = {
            "id": str(10000 + number),
            "key": f"OPS-{number}",
            "fields": fields | {"status": status},
        }
        self.tickets.append(row)
        return 201, {"id": row["id"], "key": row["key"], "self": "https://x"}

    def _search(self, fields):
        assert fields["fields"], "the new search names its fields"
        found = [
            {"id": row["id"], "key": row["key"]}
            for row in self.tickets
            if self.is_findable and f'"{row["fields"]["labels"][1]}"' in fields["jql"]
        ]
        return 200, {"issues": found}

    def _issue(self, method, parts, fields):
        found = [row for row in self.tickets if parts and parts[0] in (row["id"], row["key"])]
        if not found:
            return 404, {"errorMessages": ["Issue does not exist."], "errors": {}}
        row, what = found[0], (method, *parts[1:])
        if what == ("GET",):
            return 200, {"key": row["key"], "fields": {"status": row["fields"]["status"]}}
        if what == ("GET", "transitions"):
            return 200, {"transitions": self.transitions}
        if what == ("POST", "transitions"):
            chosen = [one for one in self.transitions if one["id"] == fields["transition"]["id"]]
            row["fields"]["status"] = chosen[0]["to"]
            return 204, {}
        if what == ("POST", "comment"):
            self.comments.append(fields["body"])
            return 201, {"id": "1"}
        self.links.append(fields)
        return 201, {"id": 1}

    def event(self, secret, status, **fields):
        """The body and headers by which Jira says that an issue has another status."""
        body = {
            "timestamp": fields.pop("timestamp", 1769164205000),
            "webhookEvent": "jira:issue_updated",
            "user": {"accountId": fields.pop("account", "5b10-ana"), "displayName": "Ana"},
            "issue": {"id": "10001", "key": "OPS-1", "fields": {"status": status}},
            "changelog": {"items": [{"field": "status", "fromString": "x", "toString": "y"}]},
            **fields,
        }
        return signed(body, secret, "X-Hub-Signature", "X-Atlassian-Webhook-Identifier")


def signed(body, secret, header, event_header, event="e1", **headers):
    text = json.dumps(body).encode()
    named = {header: hub_signature(secret, text), event_header: event, **headers}
    return text, named


class GitHub(System):
    auth_header, auth = "Authorization", "Bearer t0ken-of-github"

    def respond(self, method, path, fields):
        if path == "/user":
            return 200, {"id": 77, "login": "portal"}
        if path == "/repos/example/ops":
            return 200, {"full_name": "example/ops", "has_issues": True}
        if path == "/repos/example/ops/issues":
            return (200, self.tickets[::-1]) if method == "GET" else self._create(fields)
        number = int(path.split("/")[5])
        row = self.tickets[number - 1]
        if path.endswith("/comments"):
            self.comments.append(fields["body"])
            return 201, {"id": 1}
        row["state"] = fields["state"]
        return 200, row

    def _create(self, fields):
        if not fields.get("title"):
            return 422, {"message": "Validation Failed"}
        number = len(self.tickets) + 1
        url = f"https://github.example/example/ops/issues/{number}"
        row = {"number": number, "html_url": url, "state": "open", **fields}
        self.tickets.append(row)
        return 201, row


class GitLab(System):
    auth_header, auth = "PRIVATE-TOKEN", "t0ken-of-gitlab"

    def respond(self, method, path, fields):
        if path == "/api/v4/user":
            return 200, {"id": 78, "username": "project_bot"}
        project, _, rest = path.removeprefix("/api/v4/projects/").partition("/")
        if unquote(project) != "example/ops":
            return 404, {"message": "404 Project Not Found"}
        if not rest:
            return 200, {"path_with_namespace": "example/ops"}
        parts = rest.split("/")
        if parts == ["issues"]:
            return (200, self.tickets[::-1]) if method == "GET" else self._create(fields)
        row = self.tickets[int(parts[1]) - 1]
        if parts[2:] == ["notes"]:
            self.comments.append(fields["body"])
            return 201, {"id": 1}
        row["state"] = {"close": "closed", "reopen": "opened"}[fields["state_event"]]
        return 200, row

    def _create(self, fields):
        number = len(self.tickets) + 1
        url = f"https://gitlab.example/example/ops/-/issues/{number}"
        row = {"iid": number, "id": 9000 + number, "web_url": url, "state": "opened", **fields}
        self.tickets.append(row)
        return 201, row


class ServiceNow(System):
    auth_header, auth = "Authorization", basic("opsportal", "passw0rd-of-snow")

    def respond(self, method, path, fields):
        rest = path.removeprefix("/api/now/table/incident").strip("/")
        if method == "POST":
            row = {"sys_id": f"{len(self.tickets) + 1:032x}", "number": "INC0010001", **fields}
            self.tickets.append({"state": "1", **row})
            return 201, {"result": row}
        if method == "GET":
            wanted = self.query.get("sysparm_query", "").removeprefix("correlation_id=")
            found = [row for row in self.tickets if row.get("correlation_id") == wanted]
            return 200, {"result": found}
        row = next(row for row in self.tickets if row["sys_id"] == rest)
        if fields.get("state") == "6" and not (fields.get("close_code") and fields["close_notes"]):
            error = {"message": "Operation Failed", "detail": "Data Policy Exception: close code"}
            return 403, {"error": error, "status": "failure"}
        row.update(fields)
        self.comments += [fields["work_notes"]] if "work_notes" in fields else []
        return 200, {"result": row}
