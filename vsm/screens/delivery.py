"""Delivery of services: the list, one service with its measures, and what is behind each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from vsm.actions import BY_ID, Scope
from vsm.features.delivery.results import Deliveries, Delivery
from vsm.features.delivery.targets import (
    Behind,
    BehindTarget,
    DeploymentTarget,
    IncidentTarget,
    ServiceTarget,
)
from vsm.report.publish import publish
from vsm.screens.report_offer import ReportOffer
from vsm.screens.report_screen import ReportScreen
from vsm.screens.shown_days import turn_window
from vsm.screens.situation import situation
from vsm.widgets.date_text import day
from vsm.widgets.keyed import bindings

if TYPE_CHECKING:
    from vsm.features.delivery.reading import Asked
    from vsm.reader import Reader
    from vsm.report.document import Document
    from vsm.screens.board.parts import BoardParts

MEANS = """\
The five measures are DORA's of 2026: throughput is change lead time, deployment frequency and \
failed deployment recovery time; instability is change fail rate and deployment rework rate. They \
are for learning about one service: services are not ranked, and no level is given.

A deployment is a run that brought the service to production and succeeded at least partly. Runs \
of one pipeline within 10 minutes are one. A run that failed or was cancelled reached nobody.

Lead time is from the first commit to the end of the first deployment with it. Where a moment \
comes before one that it follows the order is impossible: the change is listed and left out. \
Reverts are counted and left out.

A deployment failed if it caused an incident. The cause is the one that a tool links; else the one \
that somebody named (l on the incidents); else the last deployment before, which is inferred. With \
fewer than 20 deployments the 95% range is the figure. Recovery counts what is not over with the \
time so far, so it may only be known to be more than something.

Rework is the share of deployments that were unplanned. Idea to live is from the creation of an \
item, and from commitment, to the first deployment that names it.

An arrow stands only where the latest full week is a signal (natural process limits)."""
NO_INCIDENT = "Choose an incident first: they are listed behind the change fail rate"
NO_DEPLOYMENT = "Choose a deployment first"


@dataclass(frozen=True, slots=True)
class Place:
    """A page: the list, a service, what is behind one of its figures, or a deployment."""

    service: int | None = None
    behind: Behind | None = None
    deployment: int | None = None


HOME = Place()


class DeliveryScreen(ReportScreen):
    """The services, or what is known of one of them."""

    TITLE = "Delivery"
    MEANS = MEANS
    ACTION = "delivery"
    SCOPE = Scope.DELIVERY
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.DELIVERY)
    NO_FILTER = "A filter narrows no service: it says by itself which items it delivers"
    WAITING = "reading the deployments"

    def __init__(self, below: BoardParts, query_text: str) -> None:
        super().__init__(below, query_text)
        self.place = HOME
        self._trail: list[tuple[Place, int]] = []
        """The pages to go back to, each with the line that was chosen there."""
        self._line: int | None = None
        """The line to choose once the page is shown; ``None``: the one that was."""

    def reading(self) -> Callable[[Reader], Any]:
        at, window = self.host.view.at, self.host.view.window
        now = self.host.now() if at is None else at
        zone, service = self.stream.zone, self.place.service

        def read(reader: Reader) -> tuple[int | None, Any]:
            from vsm.features.delivery.reading import Asked

            asked = Asked(days=window, as_of=now, present=at is None)
            return service, _read(reader, service, asked, zone)

        return read

    def show_result(self, result: Any) -> None:
        service, answer = result
        place = self.place
        if service != place.service:  # another one was asked for meanwhile
            return
        if answer is None:
            self.say("That service was not on record yet", "warn")
            self.to_list()
            return
        document = self._document(answer)
        if document is None:
            text = f"Deployment {place.deployment} is not in this window"
            self.say(self.keys(f"{text}: {{window}} lengthens it"), "warn")
            self.result = answer
            self._go_back()
            return
        line, self._line = self._line, None
        self.show_report(document, answer, line, keep=True)
        if line == 0:
            self.findings.show_top()
        self._show_window(answer)

    def _document(self, result: Any) -> Document | None:
        return _report(result, self.place, self.host.ascii_only)

    def _show_window(self, result: Deliveries | Delivery) -> None:
        """What the page is about, its days, and the keys that work on it alone."""
        at, zone, place = self.host.view.at, self.stream.zone, self.place
        first, last = result.window.first, result.window.last
        texts = [f"{(last - first).days + 1} days"]
        if at is not None:
            texts.append(f"as of {day(at, zone)}")
        writes = BY_ID["link_incident"].is_available(situation(self))
        kinds = {type(target) for target in self.targets}
        if writes and IncidentTarget in kinds:
            texts.append(self.keys("{link_incident}: link"))
        if writes and (place.deployment is not None or DeploymentTarget in kinds):
            texts.append(self.keys("{mark_unplanned}: planned?"))
        if place != HOME:
            texts.append(self.keys("{close}: back"))
        what = "all services"
        if isinstance(result, Delivery):
            page = f"deployment {place.deployment}" if place.deployment is not None else ""
            page = page or str(place.behind or "")
            what = f"{page} of {result.service}" if page else result.service
        self.window_line.show(self.TITLE, what, "", f" {'   '.join(texts)}")

    def report_offer(self) -> ReportOffer | None:
        """The report of the page."""
        result, document = self.result, self.document
        if document is None:
            return None
        name = self.TITLE.lower() if self.place == HOME else result.service
        return ReportOffer(name, lambda _: document, lambda _: publish(result))

    @property
    def means(self) -> str:
        """What the figures mean, with the rules of the service that is shown."""
        if not isinstance(self.result, Delivery):
            return MEANS
        from vsm.features.delivery.report import rule_lines

        rules = "\n".join(rule_lines(self.result))
        return f"Rules of {self.result.service}\n{rules}\n\n{MEANS}"

    # -- pages ------------------------------------------------------------------------------

    def to(self, place: Place) -> None:
        """Show another page; Esc comes back to this one."""
        self._trail.append((self.place, self.findings.chosen))
        self._line = 0
        self._show_place(place)

    def to_list(self) -> None:
        """Show all services."""
        self._trail, self._line = [], 0
        self._show_place(HOME)

    def _go_back(self) -> None:
        place, self._line = self._trail.pop() if self._trail else (HOME, 0)
        self._show_place(place)

    def _show_place(self, place: Place) -> None:
        """Show a page at once where all of it is known, and look anew."""
        known = isinstance(self.result, Delivery) and self.result.id == place.service
        self.place = place
        if known:
            self.show_result((place.service, self.result))
        else:
            self.work_out()

    async def action_close(self) -> None:
        """Close the message, or go back to the page before."""
        if not self.notice.open and self.place != HOME:
            self._go_back()
        else:
            await super().action_close()

    def action_details(self) -> Any:
        """Open the service, what is behind the figure, the deployment, or the items."""
        target, place = self.target, self.place
        if isinstance(target, ServiceTarget):
            self.to(Place(target.service))
        elif isinstance(target, BehindTarget):
            self.to(replace(place, behind=target.behind, deployment=None))
        elif isinstance(target, DeploymentTarget | IncidentTarget) and self._leads_on(target):
            self.to(replace(place, deployment=target.deployment))
        else:
            return super().action_details()
        return None

    def _leads_on(self, target: DeploymentTarget | IncidentTarget) -> bool:
        """Whether a line opens a deployment: not where that is the page, or there is none."""
        return target.deployment not in (None, self.place.deployment)

    def action_window(self) -> None:
        """The next longer window."""
        turn_window(self, 1)

    def action_window_back(self) -> None:
        """The next shorter window."""
        turn_window(self, -1)

    # -- what people say ----------------------------------------------------------------------

    def action_link_incident(self) -> None:
        """Name the deployment that caused the incident under the cursor."""
        from vsm.screens.delivery_forms import link_incident

        if not isinstance(self.target, IncidentTarget) or self.place.service is None:
            self.say(NO_INCIDENT, "warn")
            return
        self.begin(link_incident(self, self.place.service, self.target.incident), "dialog")

    def action_mark_unplanned(self) -> None:
        """Say whether the deployment under the cursor was planned."""
        from vsm.screens.delivery_forms import mark_unplanned

        target = self.target
        chosen = self.place.deployment
        if isinstance(target, DeploymentTarget):
            chosen = target.deployment
        if chosen is None or self.place.service is None:
            self.say(NO_DEPLOYMENT, "warn")
            return
        self.begin(mark_unplanned(self, self.place.service, chosen), "dialog")


def _read(
    reader: Reader, service: int | None, asked: Asked, zone: str
) -> Deliveries | Delivery | None:
    from vsm.features.delivery.reading import read_deliveries, read_delivery

    if service is None:
        return read_deliveries(reader, asked, zone)
    return read_delivery(reader, service, asked)


def _report(result: Deliveries | Delivery, place: Place, plain: bool) -> Document | None:
    """The report on a page; ``None`` where its deployment is not in the window."""
    from vsm.features.delivery.behind_report import behind_report
    from vsm.features.delivery.deployment_report import deployment_report
    from vsm.features.delivery.list_report import list_report
    from vsm.features.delivery.report import report

    if isinstance(result, Deliveries):
        return list_report(result, plain)
    if place.deployment is not None:
        return deployment_report(result, place.deployment)
    if place.behind is not None:
        return behind_report(result, place.behind)
    return report(result, plain)
