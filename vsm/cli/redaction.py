"""``vsm member forget`` and ``vsm log redact``: take texts out of the journal, for ever."""

from __future__ import annotations

import click

from vsm.cli.base import Verb
from vsm.cli.context import CliContext, at_terminal, pass_context
from vsm.cli.options import Count, json_option
from vsm.cli.output import emit, say
from vsm.model.board import Redacted
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.plural import count

_KEPT = (
    "Backups, snapshots and exports that were made before still hold it: delete them, or make"
    " them anew."
)
_NAMED = 10
"""As many entries are named by their numbers."""

reason_option = click.option("--reason", required=True, metavar="WHY", help="Why; it is recorded.")
yes_option = click.option("--yes", is_flag=True, help="Do it without a question.")


@click.command(
    cls=Verb,
    examples="""
vsm member forget anna --reason 'left the company'
vsm member forget anna --reason 'left the company' --yes --json
""",
)
@click.argument("login")
@reason_option
@yes_option
@json_option
@pass_context
def forget(work: CliContext, login: str, reason: str, yes: bool, as_json: bool) -> None:
    """Take somebody's login and name out of the whole journal, for ever.

    An alias (former-3) takes their place: in what they did, as owner, as member. What was done
    and when stays, so no figure of the flow changes, and vsm doctor still finds the journal sound.
    Their allocations and absences go, with kinds and skills: past capacity counts them no longer.
    Texts that mention the person (comments, titles, filters) stay and are listed; take them out
    with vsm log redact. It cannot be undone.
    """
    _confirm(yes or as_json, f"Take {login} out of {work.existing()} for ever?")
    answer = work.session().forget(login, reason)
    done = work.accept(answer)
    _forget_keys(work, login, done.alias)
    _tell(
        done,
        as_json,
        f"{login} is {done.alias} from now on: {count(done.entries, 'entry', 'entries')} changed.",
    )


@click.command(
    cls=Verb,
    examples="""
vsm log --item PAY-131 --json
vsm log redact 4711 --field description --reason 'a password'
""",
)
@click.argument("seq", type=Count(min=1))
@click.option("--field", required=True, metavar="FIELD", help="description, text, title, reason …")
@reason_option
@yes_option
@json_option
@pass_context
def redact(work: CliContext, seq: int, field: str, reason: str, yes: bool, as_json: bool) -> None:
    """Take a text out of an entry of the journal, for ever.

    SEQ is the number of the entry (vsm log --json). The text goes from every entry of the same
    item, and the item has it no longer. The journal records that it was taken out, by whom and
    why, and vsm doctor still finds it sound. It cannot be undone.
    """
    _confirm(yes or as_json, f"Take {field} out of entry {seq} of {work.existing()} for ever?")
    done = work.accept(work.session().take_out(seq, field, reason))
    _tell(done, as_json, f"{field} is taken out of {count(done.entries, 'entry', 'entries')}.")


def _forget_keys(work: CliContext, login: str, alias: str) -> None:
    """Let nobody in any more with keys of theirs, and take the name out of the file of keys."""
    from vsm.serve.keys import Keys

    keys = Keys.of(work.path)
    try:
        for key in keys.all():
            if key.member.casefold() == login.casefold() and key.revoked_at is None:
                keys.revoke(key.fingerprint, by=work.me(), at=work.now)
        keys.rename_member(login, alias)
    except EnvironmentProblem as error:
        raise EnvironmentProblem(
            f"{login} is {alias} from now on, but keys of theirs may still let them in:"
            f" {error.message}",
            "then: vsm serve key list, vsm serve key revoke NAME",
        ) from error


def _confirm(sure: bool, question: str) -> None:
    if sure:
        return
    if not at_terminal():
        raise BadInput("this cannot be undone, so it is asked about", "add --yes")
    if not click.confirm(question, default=False):
        raise click.Abort


def _tell(done: Redacted, as_json: bool, text: str) -> None:
    if as_json:
        emit(
            {
                "entries": done.entries,
                "alias": done.alias,
                "mentions": list(done.mentions),
                "wiped": done.is_wiped,
            }
        )
        return
    say(text)
    if done.mentions:
        more = "" if len(done.mentions) <= _NAMED else f" and {len(done.mentions) - _NAMED} more"
        named = ", ".join(map(str, done.mentions[:_NAMED]))
        say(f"Texts in entries {named}{more} still mention the name.")
    if not done.is_wiped:
        say(
            "Old pages are still in the file: a board is open, or there is no room for a copy."
            " Once that is over, vsm rebuild overwrites them."
        )
    say(_KEPT)
