"""Guess a stage mapping from histories: order by where items come, category by what it is called.

A guess is shown in the dry run as the mapping to edit; nobody is meant to trust it blindly.
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
"""Most statuses that a guess makes stages of."""

Stages = tuple[tuple[str, Category], ...]


def words(pattern: str) -> re.Pattern[str]:
    """A pattern of whole words."""
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")


_DROPPED = words(
    r"won'?t (fix|do)|wontfix|will not (fix|do)|cancel+ed|rejected|declined|abandoned|obsolete"
    r"|invalid|duplicate|discarded|withdrawn|dropped|not (doing|an issue|a bug)|closed unresolved"
    r"|verworfen|abgelehnt|abgebrochen|storniert|annulée?|rejetée?|cancelad[oa]|rechazad[oa]"
)
_QUEUE = words(
    r"waiting|awaiting|waits?|queued?|to be|pending|on hold|hold|parked|paused|blocked|reopened"
    r"|re-opened|ready|selected|next|committed|scheduled|patch available|needs? (review|testing|qa)"
    r"|(dev(elopment)?|code|coding|build|design|analysis|review|qa|test(ing)?)"
    r" (done|complete[d]?|finished)"
    r"|to (review|test|verify|deploy|release|merge)|wartet?|bereit|en attente|prêt|en espera|listo"
)
_DONE = words(
    r"done|closed?|resolved|completed?|finished|released|delivered|deployed|shipped|live"
    r"|in production|fixed|erledigt|fertig|geschlossen|gelöst|abgeschlossen|terminée?|fermée?"
    r"|résolue?|hecho|cerrad[oa]|resuelt[oa]|terminad[oa]|concluíd[oa]|fechad[oa]"
)
_BACKLOG = words(
    r"open|new|backlog|to ?do|created|received|triage|ideas?|funnel|icebox|draft|submitted"
    r"|unconfirmed|reported|inbox|registered|(more )?(info|information|details?) (needed|required)"
    r"|volunteers? needed|needs (triage|info|information|details?)|offen|neu|zu erledigen"
    r"|zu tun|aufgaben|ouverte?|nouveau|à faire|abiert[oa]|nuev[oa]"
    r"|(tareas )?por hacer|a fazer"
)
_ACTIVE = words(
    r"in (progress|review|development|test|testing|analysis|design|work|qa|bearbeitung|arbeit)"
    r"|\w{2,}ing|doing|started|dev|develop|build|review|test|tests|qa|uat|verify|deploy"
    r"|en cours|en progreso|en curso"
)
_LIKELY_BACKLOG = words(r"accepted|approved|assigned|confirmed|planned|prioriti[sz]ed|needed")


def category(status: str, hint: Hint, first: bool) -> Category:
    """Guess the category of a status by its name and what the source tells of it.

    ``first`` says that items usually begin here; it decides where nothing else does.
    """
    plain = " ".join(status.casefold().replace("’", "'").replace("_", " ").split())
    told = hint.category
    if told == "done":
        return Category.DROPPED if _DROPPED.search(plain) else Category.DONE
    if told in ("new", "indeterminate"):
        if _QUEUE.search(plain) or (told == "indeterminate" and _DROPPED.search(plain)):
            return Category.QUEUE
        return Category.BACKLOG if told == "new" else Category.ACTIVE
    for pattern, found in (
        (_DROPPED, Category.DROPPED),
        (_QUEUE, Category.QUEUE),
        (_DONE, Category.DONE),
        (_BACKLOG, Category.BACKLOG),
        (_ACTIVE, Category.ACTIVE),
    ):
        if pattern.search(plain):
            return found
    if hint.held >= 3 and hint.resolved >= 0.9 * hint.held:
        return Category.DONE
    if first or _LIKELY_BACKLOG.search(plain):
        return Category.BACKLOG
    return Category.ACTIVE


def infer(
    histories: Sequence[ItemHistory], hints: Mapping[str, Hint], order: Sequence[str] = ()
) -> Stages:
    """Stages for all statuses of these histories, in the order of the flow.

    The order is by the median place at which items first come to a status, among the statuses
    that they come to; backlog stages stand first, done and dropped ones last. A stage *Done*
    is added where no status is done. Where the source tells the ``order`` it is that, and its
    last stage is the done one if none is called so. Raises :class:`BadInput` for too many
    statuses.
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
        usual, before, known = merged.get(same(name), (name, [], hint))
        merged[same(name)] = (usual, before + seen, known)
    groups = (Category.BACKLOG, Category.QUEUE, Category.DONE, Category.DROPPED)
    rows = []
    for name, seen, hint in merged.values():
        found = category(name, hint, sum(p == 0 for p in seen) * 2 > len(seen))
        # Waiting and working stages alternate in the flow, so they are one group.
        group = groups.index(Category.QUEUE if found is Category.ACTIVE else found)
        rows.append(((group, median(seen), sum(seen) / len(seen), name), (name, found)))
    out = tuple(stage for _, stage in sorted(rows, key=lambda r: r[0]))
    if not any(c is Category.DONE for _, c in out):
        end = sum(c is not Category.DROPPED for _, c in out)
        out = (*out[:end], (_free("Done", merged), Category.DONE), *out[end:])
    return out


def _in_order(order: Sequence[str], hints: Mapping[str, Hint]) -> Stages:
    if len(order) > STAGES_MAX:
        raise BadInput(
            f"the file has {len(order):,} stages, too many for one board",
            "name those that matter with --stages or a mapping file",
        )
    told = [
        (inert_line(name).strip() or "unnamed", category(name, hints.get(name, Hint()), not place))
        for place, name in enumerate(order)
    ]
    flow = [stage for stage in told if stage[1] is not Category.DROPPED]
    end = len(flow)
    while end and flow[end - 1][1] is Category.DONE:
        end -= 1
    # "Tests done" in the middle of the flow is where items wait for what comes next.
    inner = [(name, Category.QUEUE if kind is Category.DONE else kind) for name, kind in flow[:end]]
    done = [(name, Category.DONE) for name, _ in flow[end:]]
    if inner and not done:
        done = [(inner.pop()[0], Category.DONE)]
    return (*inner, *done, *(stage for stage in told if stage[1] is Category.DROPPED))


def _free(name: str, taken: Mapping[str, object]) -> str:
    return name if same(name) not in taken else _free(f"{name} (end)", taken)


def same(name: str) -> str:
    """What two names of one status or stage have in common: no letter case, one space."""
    return " ".join(inert_line(name).casefold().split())
