"""The welcome of an empty database: try the demo, start from a template, import a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from vsm.actions import Scope
from vsm.model.errors import Refusal, VsmError, not_saved
from vsm.screens.terminal_size import catch_up
from vsm.widgets.keyed import Keyed
from vsm.widgets.notice import Notice
from vsm.widgets.pick_list import PickList, Row

if TYPE_CHECKING:
    from vsm.model.command import CreateStream
    from vsm.screens.host import Host
    from vsm.screens.import_file import Importing

_CHOICES = (
    Row("demo", "1  Try the demo", "a bank: 3 streams, 8 teams, 9 months"),
    Row("template", "2  Start from a template", "Kanban, Scrum, incidents, yours"),
    Row("import", "3  Import a file", "from Jira, Trello, GitHub, CSV …"),
)


class WelcomeScreen(Keyed, Screen[None]):
    """Three choices, by arrows and Enter or by their numbers."""

    SCOPE = Scope.WELCOME

    CSS_PATH = "welcome.tcss"
    _importing: Importing | None = None

    @property
    def host(self) -> Host:
        """The program that shows this screen."""
        return cast("Host", self.app)

    def on_resize(self, event: events.Resize) -> None:
        """Be as large as the terminal."""
        catch_up(self, event)

    def compose(self) -> ComposeResult:
        """Where the database is, the choices, the keys."""
        from vsm.model.sanitise import inert_line

        with Vertical(id="welcome"):
            yield Static(Content.styled("Welcome to vsm", "bold"), classes="line")
            where = inert_line(str(self.host.path))
            yield Static(Content(f"There is no value stream in {where} yet."), classes="quiet")
            yield Static(Content(""), classes="line")
            rows = PickList(self.host.skin, self.host.glyphs)
            files = self.host.machine.files  # the demo is a file too
            rows.rows = [r for r in _CHOICES if r.id == "template" or files]
            yield rows
            yield Static(Content(""), classes="line")
            yield Static(
                Content(self._keys("{help}: help")),
                classes="quiet",
                id="keys",
            )
        yield Notice()

    def action_cursor_down(self) -> None:
        self.query_one(PickList).step(1)

    def action_cursor_up(self) -> None:
        self.query_one(PickList).step(-1)

    def action_confirm(self) -> None:
        row = self.query_one(PickList).row
        if row is not None:
            self.choose(row.id)

    def action_try_demo(self) -> None:
        if self.host.machine.files:
            self.choose("demo")

    def action_start_template(self) -> None:
        self.choose("template")

    def action_start_import(self) -> None:
        if self.host.machine.files:
            self.choose("import")

    def action_close(self) -> None:
        self.query_one(Notice).hide()

    @on(PickList.Picked)
    def _picked(self, message: PickList.Picked) -> None:
        self.choose(message.row.id)

    def choose(self, choice: str) -> None:
        """Do one of the three."""
        rows = self.query_one(PickList)
        rows.cursor = [row.id for row in rows.rows].index(choice)
        rows.refresh()
        self.query_one(Notice).hide()
        does = {"demo": self._demo, "template": self._template, "import": self._import}
        work = self.host.typeahead.until(does[choice](), self)
        self.run_worker(work, group="welcome", exclusive=True)

    def _keys(self, *more: str) -> str:
        words = " · ".join(["{confirm}: choose", *more, "{quit}: quit"])
        return self.host.keymap.fill(words, self.host.ascii_only)

    def _tell(self, text: str) -> None:
        self.query_one("#keys", Static).update(Content(text))

    def _fail(self, error: VsmError) -> None:
        remedy = error.remedy
        if "--" in remedy:
            remedy = f"{remedy}. Options are given on the command line: vsm import --help"
        self.query_one(Notice).show(error.message, remedy, bad=True)
        self._tell(self._keys())

    async def _ask(
        self, title: str, question: str, value: str = "", needed: str = ""
    ) -> str | None:
        from vsm.screens.dialogs import AskDialog

        return await self.app.push_screen_wait(
            AskDialog(title, question, value=value, needed=needed)
        )

    async def _demo(self) -> None:
        from vsm.demo import open_demo

        self._tell("Making the demo organisation…")
        try:
            path = await self.host.writing.call(
                lambda _: open_demo(progress=self._making), optional=True
            )
        except VsmError as error:
            self._fail(error)
            return
        self.host.view.greeting = f"The demo organisation, in a file of its own: {path}"
        self.host.open_database(path)

    async def _template(self) -> None:
        from vsm.screens.new_stream import new_stream

        async def create(command: CreateStream) -> Refusal | None:
            try:
                result = await self.host.writing.call(lambda session: session.do(command))
            except VsmError as error:
                return not_saved(error)
            return result if isinstance(result, Refusal) else None

        if await new_stream(self.app, create):
            self.host.open_board()

    async def _import(self) -> None:
        from vsm.screens.import_file import Importing

        if self._importing is None:
            self._importing = Importing(
                self.host, self.app.push_screen_wait, self._tell_from_thread
            )
        try:
            done = await self._importing.run()
        except VsmError as error:
            self._fail(error)
            return
        self._tell(self._keys())
        if done is not None:
            self.host.open_board()

    def _making(self, done: int, total: int) -> None:
        words = f"Making the demo organisation: {100 * done // max(1, total)}%"
        self._tell_from_thread(words)

    def _tell_from_thread(self, words: str) -> None:
        # Without waiting for it to be shown: on the way out the app waits for this thread. What
        # is half done then ends here, and is taken back.
        self.host.writing.check()
        self.app.call_later(self._tell, words)
