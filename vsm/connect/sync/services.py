"""Makes the reader of a source: which service, how it takes the token, what it has to allow."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from vsm.connect.files.registry import find
from vsm.connect.sync import (
    github,
    github_write,
    gitlab,
    gitlab_write,
    jira_cloud,
    jira_server,
    jira_write,
)
from vsm.connect.sync.patience import Patience
from vsm.connect.sync.secret import Secret
from vsm.connect.sync.tracker import Record, Tracker
from vsm.connect.sync.web import Keep, Service, Web
from vsm.connect.sync.writer import Writer
from vsm.model.source import Source, SourceKind

SERVICES: dict[SourceKind, Service] = {
    SourceKind.JIRA_CLOUD: Service("Jira", jira_cloud.PERMISSIONS, jira_write.CLOUD_NEEDS),
    SourceKind.JIRA_DC: Service("Jira", jira_server.PERMISSIONS, jira_write.SERVER_NEEDS),
    SourceKind.GITHUB: Service("GitHub", github.PERMISSIONS, github_write.NEEDS),
    SourceKind.GITLAB: Service("GitLab", gitlab.PERMISSIONS, gitlab_write.NEEDS),
}
"""What errors call each service, and the least that its token has to allow."""


def api_base(kind: SourceKind, base: str) -> str:
    """The address of the interface behind the one that people know."""
    if kind is not SourceKind.GITHUB:
        return base
    host = urlsplit(base).hostname or ""
    if host in ("github.com", "www.github.com"):
        return "https://api.github.com"
    is_public = host == "api.github.com" or host in ("localhost", "127.0.0.1", "::1")
    return base if is_public or base.endswith("/api/v3") else f"{base}/api/v3"


def open_web(source: Source, secret: Secret, patience: Patience, keep: Keep) -> Web:
    """The way to the service of a source."""
    headers = {**_token(source.kind, secret)}
    if source.kind is SourceKind.GITHUB:
        headers |= github.HEADERS
    base = api_base(source.kind, source.base)
    return Web(base, SERVICES[source.kind], secret, headers, patience, keep, source.ca)


def _token(kind: SourceKind, secret: Secret) -> dict[str, str]:
    token = secret.reveal()
    if kind is SourceKind.GITLAB:
        return {"PRIVATE-TOKEN": token}
    if kind is SourceKind.JIRA_CLOUD and ":" in token:  # e-mail:token
        return {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}
    return {"Authorization": f"Bearer {token}"}


def open_tracker(source: Source, web: Web, observed: Mapping[str, Sequence[Record]]) -> Tracker:
    """The reader of a source; ``observed`` are earlier observations by item."""
    match source.kind:
        case SourceKind.JIRA_CLOUD:
            return jira_cloud.JiraCloud(web, source.scope)
        case SourceKind.JIRA_DC:
            return jira_server.JiraServer(web, source.scope)
        case SourceKind.GITHUB:
            return github.GitHub(web, source.scope, observed)
        case SourceKind.GITLAB:
            return gitlab.GitLab(web, source.scope)


def open_writer(source: Source, web: Web) -> Writer:
    """What writes into a source."""
    match source.kind:
        case SourceKind.JIRA_CLOUD:
            return jira_write.JiraWriter(web, is_cloud=True)
        case SourceKind.JIRA_DC:
            return jira_write.JiraWriter(web, is_cloud=False)
        case SourceKind.GITHUB:
            return github_write.GitHubWriter(web, source.scope)
        case SourceKind.GITLAB:
            return gitlab_write.GitLabWriter(web, source.scope)


def origin_of(source: Source, stream: int) -> str:
    """What the ids of the source's items are unique within; empty without a stream."""
    if source.origin:
        return source.origin
    name = source.kind.file_format
    if not find(name).plain:
        return name
    return f"{name}:{stream}" if stream else ""


def read_address(kind: str, address: str) -> tuple[str, str]:
    """The base of an address that people copied from a browser, and the scope that it names."""
    parts = urlsplit(address.strip())
    path = [part for part in parts.path.split("/") if part]
    root = f"{parts.scheme}://{parts.netloc}"
    if kind == SourceKind.GITHUB and len(path) >= 2 and path[0] != "api":
        return root, f"{path[0]}/{path[1].removesuffix('.git')}"
    if kind == SourceKind.GITLAB and path and path[0] != "api":
        named = path[: path.index("-")] if "-" in path else path
        return root, "/".join(named)
    if kind.startswith("jira"):
        for mark in ("browse", "projects"):
            if mark in path and path.index(mark) + 1 < len(path):
                at = path.index(mark)
                key = path[at + 1].partition("-")[0]
                base = "/".join(
                    [root, *[p for p in path[:at] if p not in ("jira", "software", "c")]]
                )
                return base, f"project = {key}"
    return address.strip(), ""


def detect_jira(source: Source, web: Web) -> SourceKind:
    """Whether a Jira is Cloud or Data Center, as it says itself."""
    host = urlsplit(source.base).hostname or ""
    if host.endswith((".atlassian.net", ".atlassian.com")):
        return SourceKind.JIRA_CLOUD
    about = web.get("rest/api/2/serverInfo", keep=False).data
    kind = about.get("deploymentType") if isinstance(about, dict) else ""
    return SourceKind.JIRA_CLOUD if kind == "Cloud" else SourceKind.JIRA_DC
