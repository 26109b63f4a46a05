"""Every template is a stream that works; a user's own stand beside them, broken ones hide none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vsm.app import VsmApp
from vsm.model.errors import BadInput, EnvironmentProblem
from vsm.model.item import ClassOfService
from vsm.model.stream import Category, Edge, EdgeKind, LimitKind, Stage, ValueStream, chain
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session
from vsm.templates import find, named, save, source
from vsm.templates.reading import read_template
from vsm.templates.writing import quoted, template_text

BUNDLED = ("kanban", "discovery-delivery", "incident", "pmo-office", "scrum", "waterfall")

SMALL = """
title = "Ours"
[[stage]]
name = "Do"
category = "active"
limit = 2
[[stage]]
name = "End"
category = "done"
"""


def made(path: Path, name: str) -> ValueStream:
    """A stream that is made from a template, as it reads afterwards."""
    session = Session(path, actor="anna")
    done = session.do(named(name).command("Work", "Europe/Berlin", "W"))
    session.close()
    assert isinstance(done, ChangeGroup), done
    reader = Reader(path)
    stream = reader.stream_named("Work")
    reader.close()
    return stream


def test_kanban_comes_first_and_the_others_by_name(folder: Path) -> None:
    templates = find()
    assert tuple(t.name for t in templates.good) == BUNDLED and templates.broken == ()


@pytest.mark.parametrize("name", BUNDLED)
def test_a_template_makes_a_stream_with_all_that_it_says(
    folder: Path, tmp_path: Path, name: str
) -> None:
    template, stream = named(name), made(tmp_path / "t.db", name)
    assert [s.name for s in stream.stages] == [s.name for s in template.stages]
    for stage, said in zip(stream.stages, template.stages, strict=True):
        assert (stage.category, stage.limit, stage.limit_kind) == (
            said.category, said.limit, said.limit_kind,
        )  # fmt: skip
        assert dict(stage.class_limits) == dict(said.class_limits)
        assert len(stage.policy) > 30, "a policy says when an item may enter or leave"
    commitment = stream.commitment_stage
    assert commitment is not None and commitment.name == template.commitment
    assert {s.category for s in stream.stages} >= {Category.DONE, Category.DROPPED}
    assert any(e.kind is EdgeKind.REWORK for e in stream.edges)
    assert [s.name for s in stream.order] == [s.name for s in stream.stages], "columns as written"


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("size", [(80, 24), (160, 50)])
async def test_a_template_gives_a_board_that_opens(
    folder: Path, tmp_path: Path, name: str, size: tuple[int, int]
) -> None:
    stream = made(tmp_path / "t.db", name)
    app = VsmApp(tmp_path / "t.db", actor="anna")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        picture = app.export_screenshot()
        first = stream.line[0].name.split()[0]
        assert "Work" in picture and first in picture


@pytest.mark.parametrize("name", BUNDLED)
def test_a_stream_that_is_saved_reads_back_as_the_same_template(
    folder: Path, tmp_path: Path, name: str
) -> None:
    stream = made(tmp_path / "t.db", name)
    save("again", template_text(stream, {}))
    restored, before = named("again"), named(name)
    assert (restored.stages, set(restored.edges)) == (before.stages, set(before.edges))
    assert (restored.commitment, restored.types, restored.vocabulary, restored.workdays) == (
        before.commitment, before.types, before.vocabulary, before.workdays,
    )  # fmt: skip


# -- a user's own ----------------------------------------------------------------------


def test_a_file_in_the_folder_is_a_template(folder: Path, tmp_path: Path) -> None:
    (folder / "ours.toml").write_text(SMALL)
    templates = find()
    assert "ours" in [t.name for t in templates.good]
    ours = named("Ours")
    assert ours.path == str(folder / "ours.toml") and ours.edges == (
        ("Do", "End", EdgeKind.FORWARD),
    )
    assert ours.stages[0].limit_kind is LimitKind.SOFT, "a limit without a kind is soft"
    assert [s.name for s in made(tmp_path / "t.db", "ours").order] == ["Do", "End"]


def test_a_file_stands_in_the_place_of_one_that_comes_with_vsm(folder: Path) -> None:
    (folder / "kanban.toml").write_text(SMALL)
    assert [t.title for t in find().good if t.name == "kanban"] == ["Ours"]
    assert source("kanban") == SMALL


def test_a_broken_file_hides_none_and_says_what_to_do(folder: Path) -> None:
    (folder / "kanban.toml").write_text(SMALL.replace('"active"', '"doing"'))
    (folder / "ours.toml").write_text(SMALL)
    templates = find()
    assert {t.name for t in templates.good} == {*BUNDLED, "ours"}
    assert [b.name for b in templates.broken] == ["kanban"]
    with pytest.raises(BadInput, match=r"line 5, stage 1: category is 'doing'"):
        named("kanban")


def test_no_folder_a_folder_that_is_a_file_and_odd_entries_do_no_harm(
    folder: Path, tmp_path: Path
) -> None:
    os.mkfifo(folder / "pipe.toml")
    (folder / "sub.toml").mkdir()
    (folder / "notes.txt").write_text("x")
    (folder / "gone.toml").symlink_to(tmp_path / "nowhere")
    assert {t.name for t in find().good} == set(BUNDLED)
    assert find().broken == ()
    folder.rename(tmp_path / "away")
    assert len(find().good) == len(BUNDLED)
    folder.write_text("no folder")
    assert len(find().good) == len(BUNDLED)


WRONG: list[tuple[str, str, str]] = [
    # what is replaced in SMALL, by what, what the error says
    ("", "title = 3", "title is no text"),
    ("title", "titel", "line 2: there is no field 'titel'"),
    ('"Ours"', '"Ours', "not valid TOML"),
    ("limit = 2", "limit = 0", "line 6, stage 1: limit is 0"),
    ("limit = 2", "limit = true", "limit is True"),
    ("limit = 2", 'limit = "2"', "limit is '2'"),
    ("limit = 2", 'limit_kind = "hard"', "limit_kind is hard, but there is no limit"),
    ("limit = 2", 'limit = 2\nlimit_kind = "stern"', "line 7, stage 1: limit_kind is 'stern'"),
    ("limit = 2", "class_limits = { urgent = 1 }", "there is no class of service 'urgent'"),
    ("limit = 2", "class_limits = { expedite = 0 }", "class_limits: expedite is 0"),
    ("limit = 2", "class_limits = 4", "class_limits is no table"),
    ("limit = 2", "colour = 2", "line 6, stage 1: there is no field 'colour'"),
    ("limit = 2", "policy = 2", "policy is no text"),
    ("limit = 2", f'team = "{"x" * 101}"', "team has 101 characters"),
    ('name = "Do"\n', "", "line 3, stage 1: name is missing"),
    ('"Do"', '" "', "name is missing or empty"),
    ('"End"', '"do"', "two stages are called"),
    ('"done"', '"active"', "no stage has the category done"),
    ('"done"', '"done"\nlimit = 3', "only queue and active stages"),
    ('"Ours"', '"Ours"\ncommitment = "Nowhere"', "line 3: commitment: there is no stage 'Nowhere'"),
    ('"Ours"', '"Ours"\ncommitment = "End"', "must be a queue or active stage"),
    ('"Ours"', '"Ours"\ntypes = "bug"', "types is no list of words"),
    ('"Ours"', '"Ours"\nlink = "javascript:x"', "line 3: link is 'javascript:x'"),
    ('"Ours"', '"Ours"\nworkdays = "xyz"', "line 3: workdays: 'xyz' is no weekday"),
    ('"Ours"', '"Ours"\nworkdays = 5', "workdays: 5 is no text"),
    ('"Ours"', '"Ours"\nvocabulary = 5', "vocabulary is no table"),
    ('"Ours"', '"Ours"\nvocabulary = { thing = "x" }', "there is no field 'thing'"),
    ('"Ours"', '"Ours"\nedge = 3', "edge is no list"),
    ('"done"\n', '"done"\n[[edge]]\nfrom = "Do"\n', "line 10, edge 1: to is missing"),
    (
        '"done"\n',
        '"done"\n[[edge]]\nfrom = "Do"\nto = "Ende"\n',
        "line 12, edge 1: to: there is no stage 'Ende'",
    ),
    ('"done"\n', '"done"\n[[edge]]\nfrom = "Do"\nto = "Do"\n', "to itself"),
    (SMALL, "", "there is no [[stage]]"),
    (SMALL, "stage = 3", "there is no [[stage]]"),
    (SMALL, "stage = [3]", "stage 1: is no table"),
]


@pytest.mark.parametrize(("old", "new", "says"), WRONG, ids=[w[2][:40] for w in WRONG])
def test_an_error_names_file_line_and_field(old: str, new: str, says: str) -> None:
    text = SMALL.replace(old, new, 1) if old else new + SMALL.replace('title = "Ours"', "")
    with pytest.raises(BadInput) as wrong:
        read_template(text, "ours")
    assert str(wrong.value).startswith("ours.toml") and says in str(wrong.value)
    assert wrong.value.remedy


def test_lines_are_right_behind_texts_of_several_lines() -> None:
    text = SMALL.replace(
        "limit = 2", 'policy = """\n[[stage]]\nlimit = 0\nname = "x"\n"""\nlimit = -1'
    )
    with pytest.raises(BadInput, match="line 11, stage 1: limit is -1"):
        read_template(text, "ours")


def test_a_file_that_is_no_text_or_far_too_large_is_reported(folder: Path) -> None:
    (folder / "bytes.toml").write_bytes(b'title = "x"\n\xff\xfe')
    (folder / "huge.toml").write_bytes(b"#" * 1_000_001)
    (folder / "deep.toml").write_text("a = " + "[" * 100_000)
    errors = {b.name: str(b.error) for b in find().broken}
    assert "line 2: not UTF-8" in errors["bytes"]
    assert "more than 1,000,000 bytes" in errors["huge"]
    assert "not valid TOML" in errors["deep"]
    assert len(find().good) == len(BUNDLED)


# -- saving ------------------------------------------------------------------------------


def test_saving_replaces_nothing_unless_told(folder: Path) -> None:
    path = save("Ours", SMALL)
    assert path == folder / "ours.toml" and path.read_text() == SMALL
    with pytest.raises(BadInput, match="is there already"):
        save("ours", "other")
    assert path.read_text() == SMALL
    save("ours", "other", replace=True)
    assert path.read_text() == "other"
    assert [p.name for p in folder.iterdir()] == ["ours.toml"], "nothing half-done is left"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a b", "x" * 61, "ä"])
def test_a_name_that_could_be_another_file_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be the name of a template"):
        save(name, SMALL)
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    folder.rmdir()
    folder.write_text("in the way")
    with pytest.raises(EnvironmentProblem, match="cannot be written"):
        save("ours", SMALL)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_any_text_is_written_so_that_it_reads_back_and_harms_no_terminal(text: str) -> None:
    import tomllib

    from vsm.model.sanitise import inert

    written = quoted(text)
    assert tomllib.loads(f"x = {written}")["x"] == text
    assert inert(written) == written


@given(st.data())
def test_any_stream_is_written_so_that_it_reads_back(data: st.DataObject) -> None:
    words = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=1)
    names = data.draw(st.lists(words, min_size=3, max_size=6, unique_by=str.casefold))
    kinds = [Category.BACKLOG, *[Category.ACTIVE] * (len(names) - 2), Category.DONE]
    stages = tuple(
        Stage(
            n,
            name,
            kind,
            n,
            policy=data.draw(st.text(st.characters(exclude_categories=["Cs"]))).strip(),
            limit=3 if kind.working else None,
            limit_kind=LimitKind.HARD if kind.working else LimitKind.NONE,
            class_limits=((ClassOfService.EXPEDITE, 1),) if kind.working else (),
        )
        for n, (name, kind) in enumerate(zip(names, kinds, strict=True), 1)
    )
    edges = (*chain(stages), Edge(1, len(stages)), Edge(len(stages) - 1, 1, EdgeKind.REWORK))
    stream = ValueStream(1, "Any", "UTC", stages, edges, 2).validate()
    back = read_template(template_text(stream, {}), "any")
    assert [(s.name, s.policy, s.limit) for s in back.stages] == [
        (" ".join(s.name.split()), s.policy, s.limit) for s in stages
    ]
    ids = {s.name: n for n, s in enumerate(back.stages, 1)}
    assert {(ids[a], ids[b], k) for a, b, k in back.edges} == {
        (e.source, e.target, e.kind) for e in edges
    }


@pytest.mark.parametrize("name", BUNDLED)
def test_a_policy_is_a_few_whole_sentences_a_line_each(folder: Path, name: str) -> None:
    for stage in named(name).stages:
        lines = stage.policy.splitlines()
        assert 1 <= len(lines) <= 5, stage.policy
        assert all(line[0].isupper() and line.rstrip().endswith(".") for line in lines), lines
