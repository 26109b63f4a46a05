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

        do_GET = do_POST = _serve

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

    def serve(self, asked: Asked) -> Reply:
        path = asked.path
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


def jira_issue(number: int, *moves: tuple[int, str], **fields: Any) -> Record:
    """A hand-made issue; each move is (day of January 2026, status)."""
    ids = {"To Do": "1", "Doing": "3", "Review": "5", "Done": "6", "QA": "9"}
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

    def serve(self, asked: Asked) -> Reply:
        path = asked.path
        if path == "/repos/owner/ants":
            return Reply({"full_name": "owner/ants"})
        if path == "/repos/owner/ants/issues":
            since = asked.query.get("since", "")
            rows = [i for i in self.issues if i["updated_at"] >= since]
            return _linked(self, asked, sorted(rows, key=lambda i: i["created_at"]))
        if match := re.fullmatch(r"/repos/owner/ants/issues/(\d+)(/timeline)?", path):
            number = int(match[1])
            if match[2]:
                return _linked(self, asked, self.timelines.get(number, []))
            return Reply(next(i for i in self.issues if i["number"] == number))
        if path == "/graphql":
            return Reply({"data": self._graph(asked.body)})
        return Reply({"message": "Not Found"}, 404)

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

    def serve(self, asked: Asked) -> Reply:
        path = asked.path.removeprefix("/api/v4/projects/group/shop")
        if path == "":
            return Reply({"path_with_namespace": "group/shop"})
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
