"""Tells whether pages of a Jira search are missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from vsm.connect.files.json_records import Page
from vsm.model.history import Skipped


def missing_pages(pages: Iterable[tuple[str, Page]]) -> list[Skipped]:
    """What the pages of all files, each with the name of its file, say about issues not in them.

    Pages with a total are one search if their totals are equal: together they have to cover it.
    Pages with a token follow each other: one of them has to say that it is the last.
    """
    searches: defaultdict[int, list[tuple[str, Page]]] = defaultdict(list)
    tokens: list[tuple[str, Page]] = []
    for file, page in pages:
        if page.more is not None:
            tokens.append((file, page))
        elif page.total is not None:
            searches[page.total].append((file, page))
    out = []
    for total, parts in searches.items():
        covered = _covered([page for _, page in parts])
        if covered < total:
            out.append(
                Skipped(
                    parts[-1][0],
                    f"incomplete: the search found {total:,} issues, {covered:,} are here:"
                    " import it again with the other pages",
                )
            )
    if tokens and all(page.more for _, page in tokens):
        out.append(
            Skipped(
                tokens[-1][0],
                "incomplete: the page says that more follow (isLast, nextPageToken):"
                " import it again with the other pages",
            )
        )
    return out


def _covered(pages: list[Page]) -> int:
    """How many records the pages have together, each counted once."""
    if any(page.start is None for page in pages):
        return sum(page.length for page in pages)
    reached = count = 0
    for start, end in sorted((page.start or 0, (page.start or 0) + page.length) for page in pages):
        count += max(0, end - max(start, reached))
        reached = max(reached, end)
    return count
