"""Guesses a stage mapping from histories: the order by the paths of items, categories by name.

The dry run shows a guess as a mapping to edit; nobody should trust it blindly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import median

from vsm.connect.files.parsed_file import Hint
from vsm.model.errors import BadInput
from vsm.model.history import ItemHistory
from vsm.model.sanitise import inert_line
from vsm.model.stream import Category

STAGES_MAX = 100
"""The most statuses that a guess makes stages of."""

Stages = tuple[tuple[str, Category], ...]


def whole_words(pattern: str) -> re.Pattern[str]:
    """A pattern of whole words."""
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")


_DROPPED = whole_words(
    r"won'?t (fix|do)|wontfix|will not (fix|do)|cancel+ed|rejected|declined|abandoned|obsolete"
    r"|invalid|duplicate|discarded|withdrawn|dropped|not (doing|an issue|a bug)|closed unresolved"
    r"|verworfen|abgelehnt|abgebrochen|storniert|annulée?|rejetée?|cancelad[oa]|rechazad[oa]"
)
_QUEUE = whole_words(
    r"waiting|awaiting|waits?|queued?|to be|pending|on hold|hold|parked|paused|blocked|reopened"
    r"|re-opened|ready|selected|next|committed|scheduled|patch available|needs? (review|testing|qa)"
    r"|(dev(elopment)?|code|coding|build|design|analysis|review|qa|test(ing)?)"
    r" (done|complete[d]?|finished)"
    r"|to (review|test|verify|deploy|release|merge)|wartet?|bereit|en attente|prêt|en espera|listo"
)
_DONE = whole_words(
    r"done|closed?|resolved|completed?|finished|released|delivered|deployed|shipped|live"
    r"|in production|fixed|erledigt|fertig|geschlossen|gelöst|abgeschlossen|terminée?|fermée?"
    r"|résolue?|hecho|cerrad[oa]|resuelt[oa]|terminad[oa]|concluíd[oa]|fechad[oa]"
)
_BACKLOG = whole_words(
    r"not started|unstarted|unscheduled|someday"
    r"|open|new|backlog|to ?do|created|received|triage|ideas?|funnel|icebox|draft|submitted"
    r"|unconfirmed|reported|inbox|registered|(more )?(info|information|details?) (needed|required)"
    r"|volunteers? needed|needs (triage|info|information|details?)|offen|neu|zu erledigen"
    r"|zu tun|aufgaben|ouverte?|nouveau|à faire|abiert[oa]|nuev[oa]"
    r"|(tareas )?por hacer|a fazer"
)
_ACTIVE = whole_words(
    r"in (progress|review|development|test|testing|analysis|design|work|qa|bearbeitung|arbeit)"
    r"|\w{2,}ing|doing|started|dev|develop|build|review|test|tests|qa|uat|verify|deploy"
    r"|en cours|en progreso|en curso"
)
_LIKELY_BACKLOG = whole_words(r"accepted|approved|assigned|confirmed|planned|prioriti[sz]ed|needed")


def guess_category(status: str, hint: Hint, first: bool) -> Category:
    """Guess the category of a status by its name and the hint of the source.

    ``first`` says that items usually begin in it; it decides if nothing else does.
    """
    plain = " ".join(status.casefold().replace("’", "'").replace("_", " ").split())
    source_category = hint.category
    if source_category in ("backlog", "queue", "active", "dropped"):
        return Category(source_category)
    if source_category == "done":
        return Category.DROPPED if _DROPPED.search(plain) else Category.DONE
    if source_category in ("new", "indeterminate"):
        if _QUEUE.search(plain) or (source_category == "indeterminate" and _DROPPED.search(plain)):
            return Category.QUEUE
        return Category.BACKLOG if source_category == "new" else Category.ACTIVE
    for pattern, category in (
        (_DROPPED, Category.DROPPED),
        (_QUEUE, Category.QUEUE),
        (_DONE, Category.DONE),
        (_BACKLOG, Category.BACKLOG),
        (_ACTIVE, Category.ACTIVE),
    ):
        if pattern.search(plain):
            return category
    if hint.items >= 3 and hint.resolved >= 0.9 * hint.items:
        return Category.DONE
    if first or _LIKELY_BACKLOG.search(plain):
        return Category.BACKLOG
    return Category.ACTIVE


def infer(
    histories: Sequence[ItemHistory], hints: Mapping[str, Hint], order: Sequence[str] = ()
) -> Stages:
    """Stages for all statuses of these histories, in the order of the flow.

    The order is by the median place at which items first come to a status, among the statuses
    that they come to; backlog stages come first, done and dropped ones last. A stage *Done* is
    added if no status is done. If the source has an ``order`` it is that one, and its last stage
    becomes the done one if none has such a name. Raises :class:`BadInput` for too many statuses.
    """
    if order:
        return _in_order(order, hints)
    places: dict[str, list[int]] = {}
    for history in histories:
        for place, status in enumerate(dict.fromkeys(e.status for e in history.entries)):
            places.setdefault(status, []).append(place)
    if len(places) > STAGES_MAX:
        raise BadInput(
            f"the file has {len(places):,} statuses, too many for one board",
            "name those that matter with --stages or a mapping file",
        )
    merged: dict[str, tuple[str, list[int], Hint]] = {}
    for status, seen in sorted(places.items(), key=lambda p: (-len(p[1]), p[0])):
        name = inert_line(status).strip() or "unnamed"
        hint = hints.get(status, Hint())
        usual, before, known = merged.get(normalise_name(name), (name, [], hint))
        merged[normalise_name(name)] = (usual, before + seen, known)
    groups = (Category.BACKLOG, Category.QUEUE, Category.DONE, Category.DROPPED)
    rows = []
    for name, seen, hint in merged.values():
        kind = guess_category(name, hint, sum(p == 0 for p in seen) * 2 > len(seen))
        # Waiting and working stages alternate in the flow, so they are one group.
        group = groups.index(Category.QUEUE if kind is Category.ACTIVE else kind)
        rows.append(((group, median(seen), sum(seen) / len(seen), name), (name, kind)))
    out = tuple(stage for _, stage in sorted(rows, key=lambda r: r[0]))
    if not any(c is Category.DONE for _, c in out):
        end = sum(c is not Category.DROPPED for _, c in out)
        out = (*out[:end], (_unused_name("Done", merged), Category.DONE), *out[end:])
    return out


def _in_order(order: Sequence[str], hints: Mapping[str, Hint]) -> Stages:
    if len(order) > STAGES_MAX:
        raise BadInput(
            f"the file has {len(order):,} stages, too many for one board",
            "name those that matter with --stages or a mapping file",
        )
    stages = [
        (
            inert_line(name).strip() or "unnamed",
            guess_category(name, hints.get(name, Hint()), not place),
        )
        for place, name in enumerate(order)
    ]
    flow = [stage for stage in stages if stage[1] is not Category.DROPPED]
    end = len(flow)
    while end and flow[end - 1][1] is Category.DONE:
        end -= 1
    # "Tests done" in the middle of the flow is a queue for the next stage.
    inner = [(name, Category.QUEUE if kind is Category.DONE else kind) for name, kind in flow[:end]]
    done = [(name, Category.DONE) for name, _ in flow[end:]]
    if inner and not done:
        done = [(inner.pop()[0], Category.DONE)]
    return (*inner, *done, *(stage for stage in stages if stage[1] is Category.DROPPED))


def _unused_name(name: str, taken: Mapping[str, object]) -> str:
    return name if normalise_name(name) not in taken else _unused_name(f"{name} (end)", taken)


def normalise_name(name: str) -> str:
    """A name without letter case and with single spaces, by which statuses and stages match."""
    return " ".join(inert_line(name).casefold().split())
