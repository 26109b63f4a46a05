"""Asks one service over HTTP: limits, retries, and refusals that say what to do.

httpx is loaded when the first question is asked. Redirects to other hosts are refused, proxies of
the environment are used and named, and no error text has a token in it.
"""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urljoin, urlsplit, urlunsplit

from vsm.connect.sync.body import BadBody, gather, parse
from vsm.connect.sync.patience import Patience, wait_asked_for
from vsm.connect.sync.problem import SyncProblem
from vsm.connect.sync.secret import Secret
from vsm.model.sanitise import inert_line
from vsm.model.source_health import Health
from vsm.paths import expand_user

if TYPE_CHECKING:
    import httpx

ATTEMPTS = 6
"""How often one question is asked at most."""
_AGAIN = (429, 500, 502, 503, 504)
_NOT_TAKEN = (403, 429)
"""Refusals for now that say that nothing was done: to be sent again."""
_MOVED = (301, 302, 303, 307, 308)
_REDIRECTS = 3
_TEXT = 200
"""Characters of a service's own words in an error."""

Keep = Callable[[str, str, bytes], None]
"""Keeps a raw page: method, address, bytes."""


class Answer(NamedTuple):
    """A page that came: its JSON, and the headers in small letters."""

    data: Any
    headers: Mapping[str, str]


class _Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Service:
    """What errors say about a service: its name, what a token needs to read, and to write."""

    name: str
    permissions: str
    writing: str = ""


class Web:
    """Asks one service; counts its questions and names the proxy that it goes through."""

    def __init__(
        self,
        base: str,
        service: Service,
        secret: Secret,
        headers: Mapping[str, str],
        patience: Patience,
        keep: Keep,
        ca: str = "",
    ) -> None:
        self.base = base
        self.questions = 0
        self._service = service
        self._secret = secret
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": "vsm",
            **headers,
        }
        self._patience = patience
        self._keep = keep
        self._ca = ca
        self._client: httpx.Client | None = None
        self.proxy = _proxy_for(base)

    @property
    def proxy_name(self) -> str:
        """Host and port of the proxy, empty without one; its password is never shown."""
        parts = urlsplit(self.proxy)
        return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def get(
        self, path: str, query: Mapping[str, Any] | None = None, *, keep: bool = True
    ) -> Answer:
        """Get a page; raises :class:`SyncProblem`."""
        return self._ask("GET", path, query, None, keep)

    def post(self, path: str, body: Any, *, keep: bool = True) -> Answer:
        """Ask with a body, for questions that take one; raises :class:`SyncProblem`."""
        return self._ask("POST", path, None, body, keep)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Write something and give the answer, ``None`` for an empty one.

        Once only: raises :class:`Unclear` where it may have arrived, :class:`Declined` where the
        service does not want it, else :class:`SyncProblem`.
        """
        return self._ask(method, path, None, body, False, writes=True).data

    def get_next(self, url: str) -> Answer:
        """Get the page that another one names; on another host it is refused."""
        self._check_host(url, self.base)
        return self._ask("GET", url, None, None, True)

    # -- one question --------------------------------------------------------------------

    def _ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None,
        body: Any,
        keep: bool,
        *,
        writes: bool = False,
    ) -> Answer:
        import httpx

        address = httpx.URL(urljoin(f"{self.base}/", path.lstrip("/")))
        # Without parameters httpx would take the query of the address away.
        url = str(address.copy_merge_params(query) if query else address)
        self._check_host(url, self.base)
        attempt = 0
        while True:
            attempt += 1
            why, asked_for = "", None
            try:
                reply = self._follow(method, url, body)
                asked_for = wait_asked_for(reply.status, reply.headers)
                if reply.status not in _AGAIN and asked_for is None:
                    self._check(reply, url, writes)
                    page = self._secret.redact_bytes(reply.body)
                    data = None if writes and not page else parse(page)
                    answer = Answer(data, reply.headers)
                    if keep:
                        self._keep(method, self._secret.redact(url), page)
                    return answer
                why = f"it answers {reply.status}"
                if writes and reply.status not in _NOT_TAKEN:
                    raise self._unclear(why)
            except BadBody as bad:
                if writes:
                    raise self._unclear(str(bad)) from None
                if not bad.again:
                    raise self._failing(str(bad), "nothing of this run was imported") from None
                why = str(bad)
            except httpx.HTTPError as error:
                why = self._words(error)
                if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
                    raise self._failing(why, "check the address and the proxy") from None
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    remedy = "for a private CA: --ca FILE"
                    raise self._failing("its certificate is not trusted", remedy) from None
                if writes and not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
                    raise self._unclear(why) from None
            if attempt == ATTEMPTS:
                raise self._failing(f"{why}, {attempt} times", "try again later")
            self._patience.wait(attempt, asked_for, f"{self._service.name}: {why}")

    def _follow(self, method: str, url: str, body: Any) -> _Reply:
        """The reply, after redirects on the same host."""
        for _ in range(_REDIRECTS + 1):
            reply = self._once(method, url, body)
            if reply.status not in _MOVED:
                return reply
            target = urljoin(url, reply.headers.get("location", ""))
            self._check_host(target, url)
            if method != "GET":
                raise self._failing("it moved the address of a question", "check the address")
            url = target
        raise self._failing("it redirects in a circle", "check the address")

    def _check_host(self, url: str, known: str) -> None:
        theirs, ours = urlsplit(url), urlsplit(known)
        if (theirs.scheme, theirs.netloc) != (ours.scheme, ours.netloc):
            host = inert_line(urlunsplit((theirs.scheme, theirs.netloc, "", "", "")))[:_TEXT]
            raise self._failing(
                f"it redirects to another host, {host}, which would get the token",
                "if that is right, use that address",
            )

    def _once(self, method: str, url: str, body: Any) -> _Reply:
        self._patience.check()
        self.questions += 1
        with self._opened().stream(method, url, json=body) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            data = gather(self._timed(response), headers.get("content-encoding", "").lower())
            return _Reply(response.status_code, headers, data)

    def _timed(self, response: httpx.Response) -> Iterator[bytes]:
        """The bytes as they come; one that drips for ever ends with the run."""
        for chunk in response.iter_raw():
            self._patience.check()
            yield chunk

    def _opened(self) -> httpx.Client:
        if self._client is None:
            import httpx

            self._client = httpx.Client(
                headers=self._headers,
                verify=_trusted(self._ca) if self.base.startswith("https:") else True,
                proxy=self.proxy or None,
                trust_env=False,
                timeout=httpx.Timeout(30.0, connect=10.0),
                follow_redirects=False,
            )
        return self._client

    # -- what went wrong -----------------------------------------------------------------

    def _check(self, reply: _Reply, url: str, writes: bool) -> None:
        status, path = reply.status, urlsplit(url).path
        if 200 <= status < 300:
            return
        name, needs = self._service.name, self._service.permissions
        if writes:
            needs = self._service.writing
        said = self._said(reply)
        if writes and status in (400, 409, 422):
            raise Declined(f"{name} declines it ({status}){said}", "change it there by hand")
        if status == 401:
            raise SyncProblem(
                f"{name} does not accept the token (401){said}",
                f"it may have expired; it needs: {needs}",
                Health.AUTH,
            )
        if status == 403:
            raise Forbidden(
                f"the token may not {'write' if writes else 'read'} {path} at {name} (403){said}",
                f"it needs: {needs}",
                Health.AUTH,
            )
        if status == 404:
            raise NotThere(
                f"{name} has no {path}, or the token may not see it (404)",
                f"check address and scope; the token needs: {needs}",
                Health.AUTH,
            )
        if status == 410:
            raise Removed(
                f"{name} has removed {path} (410){said}",
                "Jira Cloud removed its old search in 2025 (CHANGE-2046): add the source as"
                " jira-cloud",
            )
        if status == 405:
            raise NotSupported(f"{name} does not offer {path} so (405)", "update the service")
        raise self._failing(f"it answers {status} to {path}{said}", "check address and scope")

    def _unclear(self, why: str) -> Unclear:
        return Unclear(f"{self._service.name}: {why}: it may have arrived", "the next run looks")

    def _failing(self, what: str, remedy: str) -> SyncProblem:
        return SyncProblem(f"{self._service.name} cannot be read: {what}", remedy)

    def _said(self, reply: _Reply) -> str:
        """The service's own words, without the token."""
        try:
            data = parse(reply.body)
        except BadBody:
            return ""
        names = ("message", "errorMessages", "errors")
        texts = [data.get(name) for name in names] if isinstance(data, dict) else []
        words = next((value for value in texts if value), "")
        if isinstance(words, dict):  # Jira: what is wrong with each field
            words = list(words.values())
        text = ", ".join(map(str, words)) if isinstance(words, list) else str(words)
        text = inert_line(self._secret.redact(text))[:_TEXT]
        return f": {text}" if text else ""

    def _words(self, error: Exception) -> str:
        text = inert_line(self._secret.redact(str(error)))[:_TEXT]
        return text or type(error).__name__


class NotThere(SyncProblem):
    """A page that is not there, or that the token may not see."""


class Forbidden(NotThere):
    """A page that the token may not read."""


class Declined(SyncProblem):
    """A change that the service does not want: its rules are against it."""


class Unclear(SyncProblem):
    """A change that was sent, and nobody knows whether it arrived."""


class NotSupported(SyncProblem):
    """A way of asking that a service does not know."""


class Removed(SyncProblem):
    """An endpoint that the service no longer has."""


def _proxy_for(base: str) -> str:
    """The proxy of the environment for an address, empty for none."""
    parts = urlsplit(base)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return ""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    return proxy if "://" in proxy or not proxy else f"http://{proxy}"


def _trusted(ca: str) -> ssl.SSLContext:
    """The authorities that are trusted: those of this computer, and a private one."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    if ca:
        try:
            context.load_verify_locations(expand_user(ca, "--ca"))
        except (OSError, ssl.SSLError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise SyncProblem(
                f"the certificate file {inert_line(ca)[:_TEXT]} cannot be used: {reason}",
                "give a PEM file with --ca",
            ) from None
    return context
