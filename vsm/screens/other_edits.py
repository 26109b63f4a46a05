"""Shows in an open form what others write into the same fields, and settles who is right.

A field that was not touched takes over what somebody else wrote. One that was keeps what was
typed: both are shown, and nothing is saved before the person has seen that. Texts of several
lines are merged by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, Protocol

from vsm.model.merge_text import MINE, markers_in, merge_text
from vsm.widgets.field import Field


class Fresh(NamedTuple):
    """The fields as they are now: their texts, and who wrote them and when, by their names.

    ``news`` is what else others did with the item, or that it is gone.
    """

    texts: Mapping[str, str]
    authors: Mapping[str, str]
    news: str = ""


class Watch(Protocol):
    """Looks at what a form edits."""

    def look(self, since: int | None = None) -> Fresh | None:
        """The fields as they are; ``None`` where nobody wrote since the last look.

        With a version ``since`` the fields of the form are those of then.
        """


class _Theirs(NamedTuple):
    text: str
    author: str


class _Merged(NamedTuple):
    """The texts that a merged field goes round; ``author`` wrote theirs."""

    merged: str
    mine: str
    theirs: str
    author: str


class OtherEdits:
    """What others wrote into the fields of one form while it is open."""

    def __init__(
        self,
        watch: Watch,
        fields: Callable[[], Iterable[Field]],
        keys: Callable[[str], str],
        mark: str,
    ) -> None:
        self._watch = watch
        self._fields = fields
        self._keys = keys
        self._mark = mark
        self._theirs: dict[str, _Theirs] = {}
        """Conflicts: what others wrote into fields that were touched."""
        self._mine: dict[str, str] = {}
        """What was typed into fields that show theirs at the moment."""
        self._said: set[str] = set()
        """Conflicts that the person has seen."""
        self._merged: dict[str, _Merged] = {}
        """Texts that were merged, with both versions of them."""
        self.news = ""
        """What else others did with the item, with the mark."""

    def look(self, since: int | None = None) -> None:
        """Show what others wrote since the last look, or since a version."""
        fresh = self._watch.look(since)
        if fresh is None:
            return
        self.news = f"{self._mark} {fresh.news}" if fresh.news else ""
        for field in self._fields():
            text = fresh.texts.get(field.spec.name)
            if text is not None:
                self._compare(field, text, fresh.authors.get(field.spec.name, ""))

    def _compare(self, field: Field, text: str, author: str) -> None:
        name = field.spec.name
        before = self._theirs.get(name)
        # A text field has line breaks of its own.
        if text.splitlines() == (field.first if before is None else before.text).splitlines():
            return
        if not field.touched or text == field.text:
            field.put(text, first=True)
            self._forget(field)
            field.show_theirs(f"{self._mark} {author}")
        elif text == field.first:
            self._forget(field)
            field.show_theirs("")
        else:
            self._theirs[name] = _Theirs(text, author)
            if name in self._mine:
                field.put(text)  # theirs is shown, so the latest of it
            else:
                self._said.discard(name)
            self._show(field)

    def _show(self, field: Field) -> None:
        theirs = self._theirs[field.spec.name]
        mine = self._mine.get(field.spec.name)
        other = theirs.text if mine is None else mine
        lines = other.strip().splitlines() or ["empty"]
        more = f" (+{len(lines) - 1} lines)" if len(lines) > 1 else ""
        whose = theirs.author if mine is None else "yours"
        swap = self._keys("{swap_theirs}: swap")
        field.show_theirs(f"{self._mark} {theirs.author}", f"{whose}: {lines[0]}{more} · {swap}")

    def _forget(self, field: Field) -> None:
        for kept in (self._theirs, self._mine):
            kept.pop(field.spec.name, None)
        self._said.discard(field.spec.name)

    def swap(self, field: Field) -> bool:
        """Show theirs in place of what was typed, or the other way round; both are kept.

        A merged text goes round: merged, mine, theirs.
        """
        name = field.spec.name
        theirs = self._theirs.get(name)
        if theirs is None:
            return self._go_round(field)
        mine = self._mine.pop(name, None)
        if mine is None:
            self._mine[name] = field.text
            field.put(theirs.text)
        else:
            field.put(mine)
        self._said.add(name)
        self._show(field)
        return True

    def _go_round(self, field: Field) -> bool:
        name = field.spec.name
        if name not in self._merged:
            return False
        both = self._merged[name]
        if field.text not in (both.mine, both.theirs):
            both = self._merged[name] = both._replace(merged=field.text)  # as it was edited
        texts = (both.merged, both.mine, both.theirs)
        at = (texts.index(field.text) + 1) % len(texts)
        field.put(texts[at])
        self._show_merged(field, ("both versions", "yours", both.author)[at])
        return True

    def _show_merged(self, field: Field, which: str) -> None:
        author = self._merged[field.spec.name].author
        swap = self._keys("{swap_theirs}: both, yours, theirs")
        field.show_theirs(f"{self._mark} {author}", f"shown: {which} · {swap}")

    def replaced(self) -> list[str]:
        """The names of fields in which others wrote what is to be replaced now."""
        return [field.spec.name for field in self._fields() if self._replaces(field)]

    def _replaces(self, field: Field) -> bool:
        theirs, both = self._theirs.get(field.spec.name), self._merged.get(field.spec.name)
        if theirs is not None:
            return field.touched and field.text != theirs.text
        return both is not None and field.text == both.mine

    def typed(self) -> Mapping[str, str]:
        """What was typed into fields that show theirs at the moment."""
        shows_theirs = {
            field.spec.name: both.merged
            for field in self._fields()
            if (both := self._merged.get(field.spec.name)) and field.text == both.theirs
        }
        return {**shows_theirs, **self._mine}

    # -- before saving ------------------------------------------------------------------

    def settle(self) -> tuple[Field | None, str]:
        """Merge texts, and give the first field that needs a look, and why."""
        wrong: list[tuple[Field, str]] = []
        for field in self._fields():
            name = field.spec.name
            theirs = self._theirs.get(name)
            if theirs is not None and field.spec.lines and name not in self._said:
                self._merge(field, theirs)
                if markers_in(field.text):
                    wrong.append((field, self._conflict(field, theirs)))
            elif theirs is not None and name not in self._said:
                self._said.add(name)
                wrong.append((field, f"Also changed: {field.spec.label} ({theirs.author})"))
            elif name in self._merged and markers_in(field.text):
                count = markers_in(field.text)
                left = f"{count} marker lines are" if count > 1 else "one marker line is"
                wrong.append(
                    (field, f"{field.spec.label}: {left} left (<<<<<<<, =======, >>>>>>>)")
                )
        if not wrong:
            return None, ""
        said = "; ".join(text for _, text in wrong)
        if any(field.spec.name in self._theirs for field, _ in wrong):
            again = "What you typed is kept: save again to write it, {swap_theirs} swaps"
            said = f"{said}. {self._keys(again)}"
        return wrong[0][0], said

    def _merge(self, field: Field, theirs: _Theirs) -> None:
        """Merge what was typed with theirs, which is what stands there from now on."""
        mine = field.text
        merge = merge_text(field.first, mine, theirs.text, theirs.author)
        self._forget(field)
        field.put(theirs.text, first=True)
        field.put(merge.text)
        field.show_theirs(f"{self._mark} {theirs.author}")
        if merge.conflicts:
            both = _Merged(field.text, mine, field.first, theirs.author)
            self._merged[field.spec.name] = both
            self._show_merged(field, "both versions")

    def _conflict(self, field: Field, theirs: _Theirs) -> str:
        return (
            f"Same lines changed: {field.spec.label} ({theirs.author}). Both versions are in it,"
            f" from {MINE} on: keep what is right and remove the marker lines"
        )
