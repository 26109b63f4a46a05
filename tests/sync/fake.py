"""A tracker on the loopback that answers like the real ones, with faults on request."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "s3cret-token-for-tests-0123456789"
NOW = 1_796_000_000
"""The clock of the service in Unix seconds; ours has nothing to do with it."""

Record = dict[str, Any]


class Reply(NamedTuple):
    """An answer: bytes go out as they are, anything else as JSON."""

    body: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


class Asked(NamedTuple):
    """A request as the service gets it."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


Fault = Callable[[Asked], Reply | None]


class Fake:
    """What all services have in common: the token, a log of requests, faults."""

    packed = False

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.faults: list[Fault] = []
        self.token = TOKEN
        self.page = 100
        self.now = NOW
        self.base = ""

    def answer(self, asked: Asked) -> Reply:
        """The fault that is due, a refusal without the token, or the page."""
        for fault in self.faults:
            reply = fault(asked)
            if reply is not None:
                return reply
        if self.token not in " ".join(asked.headers.values()):
            return Reply({"message": f"Bad credentials {self.token}"}, 401)
        return self.serve(asked)

    def serve(self, asked: Asked) -> Reply:
        """The page."""
        return Reply({"message": "no such page"}, 404)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [asked.path for asked in self.asked]

    @contextmanager
    def running(self) -> Iterator[Fake]:
        """Answer on a free port until the end of the block."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        self.base = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(fake: Fake) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def date_time_string(self, timestamp: float | None = None) -> str:
            return formatdate(fake.now, usegmt=True)

        def log_message(self, *args: Any) -> None:
            pass

        def _serve(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(size)
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            with lock:
                asked = Asked(
                    *(len(fake.asked), self.command, unquote(parts.path), query),
                    json.loads(raw) if raw else None,
                    headers,
                )
                fake.asked.append(asked)
                reply = fake.answer(asked)
            body = reply.body
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            data = b"" if reply.status == 204 else data
            sent = dict(reply.headers)
            if fake.packed and "Content-Encoding" not in sent:
                data = gzip.compress(data)
                sent["Content-Encoding"] = "gzip"
            try:
                self.send_response(reply.status)
                for name, value in sent.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True  # the client was killed, which is what the test does

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve

    return Handler


def once(matches: str, reply: Reply, times: int = 1) -> Fault:
    """A fault of the first requests whose path has this text."""
    left = [times]

    def fault(asked: Asked) -> Reply | None:
        if matches not in asked.path or not left[0]:
            return None
        left[0] -= 1
        return reply

    return fault


# -- Jira ------------------------------------------------------------------------------


class FakeJira(Fake):
    """Jira Cloud, or Data Center where ``is_cloud`` is false."""

    def __init__(self, issues: list[Record], *, is_cloud: bool = True) -> None:
        super().__init__()
        self.issues = {issue["id"]: issue for issue in issues}
        self.is_cloud = is_cloud
        self.board: Record = {}
        self.statuses: list[Record] = []
        self.has_bulk_logs = True
        self.workflow: dict[str, list[str]] = {}
        self.allowed = {"TRANSITION_ISSUES": True, "ADD_COMMENTS": True}
        self.comments: dict[str, list[Record]] = {}

    def serve(self, asked: Asked) -> Reply:
        path = asked.path
        if match := re.fullmatch(r"/rest/api/[23]/issue/(\d+)/(transitions|comment)", path):
            return self._write(asked, self.issues[match[1]], match[2])
        if path.endswith("/mypermissions"):
            names = asked.query["permissions"].split(",")
            granted = {name: {"havePermission": self.allowed[name]} for name in names}
            return Reply({"permissions": granted})
        if path.endswith("/serverInfo"):
            return Reply({"deploymentType": "Cloud" if self.is_cloud else "Server"})
        if path.endswith("/myself"):
            return Reply({"displayName": "vsm"})
        if path.endswith("/configuration"):
            return Reply(self.board)
        if path.endswith("/status"):
            return Reply(self.statuses)
        if path == "/rest/api/2/search":
            if self.is_cloud:
                said = (
                    "The requested API has been removed. Please migrate to /rest/api/3/search/jql"
                )
                return Reply({"errorMessages": [said]}, 410)
            return self._search_by_place(asked.query)
        if path == "/rest/api/3/search/jql" and self.is_cloud:
            return self._search_by_token(asked.body)
        if path == "/rest/api/3/issue/bulkfetch" and self.is_cloud:
            matching = [self.issues[i] for i in asked.body["issueIdsOrKeys"] if i in self.issues]
            keys = ("id", "key", "fields")
            return Reply({"issues": [{k: issue[k] for k in keys} for issue in matching]})
        if path == "/rest/api/3/changelog/bulkfetch" and self.is_cloud:
            return self._logs(asked.body) if self.has_bulk_logs else Reply({}, 404)
        return Reply({"message": "no such page"}, 404)

    def _write(self, asked: Asked, issue: Record, what: str) -> Reply:
        """Transitions and comments of an issue, to read and to write."""
        comments = self.comments.setdefault(issue["id"], [])
        if what == "comment" and asked.method == "GET":
            return Reply({"comments": comments, "total": len(comments), "startAt": 0})
        if what == "comment":
            comments.append({"id": str(len(comments) + 1), "body": asked.body["body"]})
            return Reply(comments[-1], 201)
        status = issue["fields"]["status"]["name"]
        others = [name for name in STATUSES if name != status]
        offered = self.workflow.get(status, others)
        if asked.method == "GET":
            rows = [
                {"id": f"4{STATUSES[n]}", "to": {"id": STATUSES[n], "name": n}} for n in offered
            ]
            return Reply({"transitions": rows})
        names = {f"4{STATUSES[name]}": name for name in offered}
        move_issue(issue, names[asked.body["transition"]["id"]], "vsm-bot")
        return Reply(status=204)

    def _matching(self, jql: str) -> list[Record]:
        matching = sorted(self.issues.values(), key=lambda issue: int(issue["id"]))
        if match := re.search(r"\bid in \(([^)]*)\)", jql):
            ids = {part.strip() for part in match[1].split(",")}
            return [issue for issue in matching if issue["id"] in ids]
        return matching

    def _search_by_token(self, body: Record) -> Reply:
        matching = self._matching(body["jql"])
        start = int(body.get("nextPageToken") or 0)
        part = matching[start : start + min(self.page, body["maxResults"])]
        end = start + len(part)
        expand = body.get("expand")
        page: Record = {"issues": [self._shown(i, body["fields"], expand) for i in part]}
        if end < len(matching):
            page["nextPageToken"] = str(end)
        return Reply({**page, "isLast": end >= len(matching)})

    def _shown(self, issue: Record, fields: list[str], expand: str | None) -> Record:
        shown = {"id": issue["id"], "key": issue["key"], "fields": issue["fields"]}
        if fields == ["updated"]:
            shown["fields"] = {"updated": issue["fields"]["updated"]}
        if "changelog" in (expand or ""):
            whole = issue["changelog"]["histories"]
            log = sorted(whole, key=lambda h: -int(h["id"]))[:40] if self.is_cloud else whole
            shown["changelog"] = {"histories": log}
            if not self.is_cloud:
                shown["changelog"] |= {"total": len(log), "startAt": 0, "maxResults": len(log)}
        return shown

    def _logs(self, body: Record) -> Reply:
        rows = [
            (i, history)
            for i in body["issueIdsOrKeys"]
            if i in self.issues
            for history in self.issues[i]["changelog"]["histories"]
        ]
        start = int(body.get("nextPageToken") or 0)
        part = rows[start : start + min(self.page, body["maxResults"])]
        logs: dict[str, Record] = {}
        for issue_id, history in part:
            logs.setdefault(issue_id, {"issueId": issue_id, "changeHistories": []})
            logs[issue_id]["changeHistories"].append(history)
        end = start + len(part)
        token = {"nextPageToken": str(end)} if end < len(rows) else {}
        return Reply({"issueChangeLogs": list(logs.values()), **token})

    def _search_by_place(self, query: dict[str, str]) -> Reply:
        matching = self._matching(query["jql"])
        start, size = int(query["startAt"]), min(self.page, int(query["maxResults"]))
        fields = query["fields"].split(",")
        part = matching[start : start + size]
        return Reply(
            {
                "startAt": start,
                "maxResults": size,
                "total": len(matching),
                "issues": [self._shown(issue, fields, query.get("expand")) for issue in part],
            }
        )


STATUSES = {"To Do": "1", "Doing": "3", "Review": "5", "Done": "6", "QA": "9"}


def move_issue(issue: Record, to: str, by: str, day: int = 1) -> None:
    """Somebody moves an issue in Jira, in February 2026."""
    histories = issue["changelog"]["histories"]
    status = issue["fields"]["status"]
    item = {"field": "status", "fieldId": "status", "from": status["id"], "to": STATUSES[to]}
    number = int(issue["key"].partition("-")[2]) * 100 + len(histories) + 1
    at = f"2026-02-{day:02}T10:{len(histories):02}:00.000+0000"
    histories.append(
        {
            "id": str(number),
            "author": {"accountId": by, "displayName": by},
            "created": at,
            "items": [{**item, "fromString": status["name"], "toString": to}],
        }
    )
    issue["changelog"]["total"] = len(histories)
    kinds = {"To Do": (2, "new"), "Done": (3, "done")}
    number, key = kinds.get(to, (4, "indeterminate"))
    issue["fields"]["status"] = {
        "id": STATUSES[to],
        "name": to,
        "statusCategory": {"id": number, "key": key},
    }
    issue["fields"]["updated"] = at


def jira_issue(number: int, *moves: tuple[int, str], **fields: Any) -> Record:
    """A hand-made issue; each move is (day of January 2026, status)."""
    ids = STATUSES
    category = {"To Do": (2, "new"), "Doing": (4, "indeterminate"), "Review": (4, "indeterminate")}
    category |= {"Done": (3, "done"), "QA": (4, "indeterminate")}
    status, histories = "To Do", []
    for n, (day, to) in enumerate(moves, 1):
        item = {"field": "status", "fieldId": "status", "from": ids[status], "fromString": status}
        histories.append(
            {
                "id": str(number * 100 + n),
                "author": {"accountId": "u1", "displayName": "ada"},
                "created": f"2026-01-{day:02}T10:00:00.000+0000",
                "items": [{**item, "to": ids[to], "toString": to}],
            }
        )
        status = to
    kind, key = category[status]
    day = moves[-1][0] if moves else 1
    return {
        "id": str(10_000 + number),
        "key": f"WEB-{number}",
        "fields": {
            "summary": f"Item {number}",
            "issuetype": {"name": "Story"},
            "created": "2026-01-01T08:00:00.000+0000",
            "updated": f"2026-01-{day:02}T10:00:00.000+0000",
            "status": {
                "id": ids[status],
                "name": status,
                "statusCategory": {"id": kind, "key": key},
            },
            **fields,
        },
        "changelog": {"histories": histories, "total": len(histories)},
    }


# -- GitHub and GitLab -------------------------------------------------------------------


def _linked(fake: Fake, asked: Asked, rows: list[Record]) -> Reply:
    """A page of rows, and the address of the next one."""
    number = int(asked.query.get("page", "1"))
    size = min(fake.page, int(asked.query.get("per_page", "30")))
    part = rows[(number - 1) * size : number * size]
    headers: tuple[tuple[str, str], ...] = ()
    if number * size < len(rows):
        query = "&".join(f"{k}={v}" for k, v in {**asked.query, "page": number + 1}.items())
        path = asked.path.replace("group/shop", "group%2Fshop")
        headers = (("Link", f'<{fake.base}{path}?{query}>; rel="next"'),)
    return Reply(part, 200, headers)


class FakeGitHub(Fake):
    """One repository ``owner/ants``, and a project where it has ``columns``."""

    def __init__(self, issues: list[Record], timelines: dict[int, list[Record]]) -> None:
        super().__init__()
        self.issues, self.timelines = issues, timelines
        self.columns: dict[int, tuple[str, str]] = {}
        self.moves: dict[int, list[Record]] = {}
        self.blocked_by: dict[int, list[Record]] = {}
        self.labels = ["bug", "status: doing", "status: review"]
        self.role = {"pull": True, "triage": True, "push": False}
        self.comments: dict[int, list[Record]] = {}
        self.may_update_project = True
        self._events = 5000

    def serve(self, asked: Asked) -> Reply:
        path = asked.path
        if path == "/repos/owner/ants":
            return Reply({"full_name": "owner/ants", "permissions": self.role})
        if path == "/repos/owner/ants/labels":
            return _linked(self, asked, [{"name": name} for name in self.labels])
        if match := re.fullmatch(r"/repos/owner/ants/issues/(\d+)/(labels(?:/.*)?|comments)", path):
            issue = next(i for i in self.issues if i["number"] == int(match[1]))
            return self._write(asked, issue, match[2])
        if asked.method == "PATCH":
            issue = next(i for i in self.issues if path.endswith(f"/issues/{i['number']}"))
            return self._end(issue, asked.body)
        if path == "/repos/owner/ants/issues":
            since = asked.query.get("since", "")
            rows = [i for i in self.issues if i["updated_at"] >= since]
            return _linked(self, asked, sorted(rows, key=lambda i: i["created_at"]))
        if match := re.fullmatch(r"/repos/owner/ants/issues/(\d+)/dependencies/blocked_by", path):
            return _linked(self, asked, self.blocked_by.get(int(match[1]), []))
        if match := re.fullmatch(r"/repos/owner/ants/issues/(\d+)(/timeline)?", path):
            number = int(match[1])
            if match[2]:
                return _linked(self, asked, self.timelines.get(number, []))
            return Reply(next(i for i in self.issues if i["number"] == number))
        if path == "/graphql" and "ProjectV2SingleSelectField" in asked.body["query"]:
            columns = ("Todo", "In Progress", "Done")
            options = [{"id": f"o-{name}", "name": name} for name in columns]
            project = {"id": "P", "viewerCanUpdate": self.may_update_project}
            project["field"] = {"id": "F", "options": options}
            return Reply({"data": {"repositoryOwner": {"projectV2": project}}})
        if path == "/graphql" and "projectItems" in asked.body["query"]:
            number = int(asked.body["variables"]["id"].removeprefix("node-"))
            nodes = [{"id": f"item-{number}", "project": {"id": "P"}}]
            nodes = nodes if number in self.columns else []
            return Reply({"data": {"node": {"projectItems": {"nodes": nodes}}}})
        if path == "/graphql" and "mutation" in asked.body["query"]:
            asked_for = asked.body["variables"]
            number = int(asked_for["item"].removeprefix("item-"))
            self.columns[number] = (asked_for["option"].removeprefix("o-"), self._tick()[1])
            return Reply({"data": {"updateProjectV2ItemFieldValue": {}}})
        if path == "/graphql":
            return Reply({"data": self._graph(asked.body)})
        return Reply({"message": "Not Found"}, 404)

    def _tick(self) -> tuple[int, str]:
        """The id and the moment of the next event, in February 2026."""
        self._events += 1
        minutes = self._events - 5000
        return self._events, f"2026-02-01T10:{minutes:02}:00Z"

    def happen(self, issue: Record, event: str, **more: Any) -> None:
        """Something happens to an issue."""
        number, at = self._tick()
        row = {"id": number, "event": event, "created_at": at, "actor": {"login": "bot"}, **more}
        self.timelines.setdefault(issue["number"], []).append(row)
        issue["updated_at"] = at

    def _write(self, asked: Asked, issue: Record, what: str) -> Reply:
        """Comments and labels of an issue, to read and to write."""
        if what == "comments":
            comments = self.comments.setdefault(issue["number"], [])
            if asked.method == "GET":
                return _linked(self, asked, comments)
            comments.append({"id": len(comments) + 1, "body": asked.body["body"]})
            return Reply(comments[-1], 201)
        names = [label["name"] for label in issue["labels"]]
        if asked.method == "POST":
            (name,) = asked.body["labels"]
            names.append(name)
            self.happen(issue, "labeled", label={"name": name})
        else:
            name = what.removeprefix("labels/")
            if name not in names:
                return Reply({"message": "Label does not exist"}, 404)
            names.remove(name)
            self.happen(issue, "unlabeled", label={"name": name})
        issue["labels"] = [{"name": name} for name in names]
        return Reply(issue["labels"])

    def _end(self, issue: Record, change: Record) -> Reply:
        """Close or reopen an issue."""
        is_closed = change["state"] == "closed"
        self.happen(issue, "closed" if is_closed else "reopened")
        issue |= change
        issue["closed_at"] = issue["updated_at"] if is_closed else None
        return Reply(issue)

    def _graph(self, body: Record) -> Record:
        if "repositoryOwner" in body["query"]:
            nodes = [
                {
                    "content": {"number": n, "repository": {"nameWithOwner": "owner/ants"}},
                    "fieldValueByName": {"name": column, "updatedAt": updated},
                }
                for n, (column, updated) in self.columns.items()
            ]
            items = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": nodes}
            return {"repositoryOwner": {"projectV2": {"items": items}}}
        asked = {f"node-{i['number']}": i["number"] for i in self.issues}
        return {
            "nodes": [
                {"number": n, "timelineItems": {"nodes": self.moves.get(n, [])}}
                for n in (asked.get(node) for node in body["variables"]["ids"])
                if n is not None
            ]
        }


class FakeGitLab(Fake):
    """One project ``group/shop``."""

    def __init__(self, issues: list[Record], events: dict[int, dict[str, list[Record]]]) -> None:
        super().__init__()
        self.issues, self.events = issues, events
        self.has_keyset = True
        self.labels = ["bug", "workflow::doing", "workflow::review"]
        self.links: dict[int, list[Record]] = {}
        self.scopes = ["api"]
        self.level = 20
        self.notes: dict[int, list[Record]] = {}
        self._events = 5000

    def serve(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/api/v4/projects/group/shop")
        if path == "":
            access = {"project_access": {"access_level": self.level}, "group_access": None}
            return Reply({"path_with_namespace": "group/shop", "permissions": access})
        if path == "/api/v4/personal_access_tokens/self":
            return Reply({"scopes": self.scopes})
        if path == "/labels":
            return _linked(self, asked, [{"name": name} for name in self.labels])
        if match := re.fullmatch(r"/issues/(\d+)/links", path):
            return _linked(self, asked, self.links.get(int(match[1]), []))
        if match := re.fullmatch(r"/issues/(\d+)(/notes)?", path):
            issue = next(i for i in self.issues if i["iid"] == int(match[1]))
            return self._write(asked, issue, bool(match[2]))
        if path == "/issues":
            if "pagination" in asked.query and not self.has_keyset:
                said = "Keyset pagination is not yet available for this type of request"
                return Reply({"error": said}, 405)
            since = asked.query.get("updated_after", "")
            rows = sorted(
                (i for i in self.issues if i["updated_at"] >= since),
                key=lambda i: i["created_at"],
            )
            reply = _linked(self, asked, rows)
            if "pagination" in asked.query:
                return reply
            return reply._replace(headers=(*reply.headers, ("X-Total", str(len(rows)))))
        if match := re.fullmatch(r"/issues/(\d+)/(resource_\w+_events)", path):
            if match[2] == "resource_iteration_events":
                return Reply({"message": "404 Not Found"}, 404)
            return _linked(self, asked, self.events.get(int(match[1]), {}).get(match[2], []))
        return Reply({"message": "404 Project Not Found"}, 404)

    def _write(self, asked: Asked, issue: Record, is_note: bool) -> Reply:
        """An issue and its notes, to read and to write."""
        if is_note:
            notes = self.notes.setdefault(issue["iid"], [])
            if asked.method == "GET":
                return _linked(self, asked, notes[::-1])
            notes.append({"id": len(notes) + 1, "body": asked.body["body"]})
            return Reply(notes[-1], 201)
        if asked.method == "PUT":
            self._edit(issue, asked.body)
        return Reply(issue)

    def _edit(self, issue: Record, change: Record) -> None:
        events = self.events.setdefault(issue["iid"], {})
        self._events += 1
        at = f"2026-02-01T10:{self._events - 5000:02}:00.000Z"
        for how, action in (("add_labels", "add"), ("remove_labels", "remove")):
            for name in change.get(how, "").split(","):
                if (name in issue["labels"]) is (action == "remove") and name:
                    getattr(issue["labels"], "append" if action == "add" else "remove")(name)
                    row = {"id": self._events, "action": action, "label": {"name": name}}
                    row |= {"created_at": at, "user": {"username": "bot"}}
                    events.setdefault("resource_label_events", []).append(row)
                    self._events += 1
        if "state_event" in change:
            is_closed = change["state_event"] == "close"
            state = "closed" if is_closed else "reopened"
            row = {"id": self._events, "state": state, "created_at": at}
            events.setdefault("resource_state_events", []).append(row)
            issue |= {"state": "closed" if is_closed else "opened"}
            issue["closed_at"] = at if is_closed else None
        issue["updated_at"] = at
