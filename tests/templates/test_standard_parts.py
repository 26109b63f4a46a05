"""Templates as standards: names, controls, artefacts and roles, and what is refused of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from vsm.controls import shipped
from vsm.model.control.control import Mode
from vsm.model.errors import BadInput
from vsm.model.standard import RequiredControl, StageNames, version_of
from vsm.templates import find, source, texts
from vsm.templates.reading import read_template

PLAIN = """\
[[stage]]
name = "Build"
category = "active"

[[stage]]
name = "Done"
category = "done"
"""
WHOLE = """\
controls = ["ready", "chg-approved: controlling"]
roles = ["product owner"]

[[stage]]
name = "Review"
category = "queue"
canonical = "review"
synonyms = ["To review", "Peer check"]
text = "review-list"

[[stage]]
name = "Done"
category = "done"

[[artefact]]
name = "test-plan"
title = "Test plan"
at = "review"
"""


def test_a_template_without_the_parts_of_a_standard_is_one_too() -> None:
    template = read_template(PLAIN, "plain")
    assert template.names == (StageNames(), StageNames())
    assert (template.controls, template.artefacts, template.roles) == ((), (), ())
    assert template.version == version_of(PLAIN) != version_of(PLAIN + "\n")


def test_all_parts_are_read() -> None:
    template = read_template(WHOLE, "whole")
    assert template.names[0] == StageNames("review", ("To review", "Peer check"), "review-list")
    assert template.controls == (
        RequiredControl("ready", Mode.SUPPORTIVE),
        RequiredControl("chg-approved", Mode.CONTROLLING),
    )
    (artefact,) = template.artefacts
    assert (artefact.name, artefact.title, artefact.at) == ("test-plan", "Test plan", "Review")
    assert template.roles == ("product owner",)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("controlling", "hard", "line 1: controls: 'hard' is no mode of chg-approved"),
        ("controlling", "off", "'off' is no mode"),
        ('"ready", ', '"Chg-approved", ', "line 1: controls: 'chg-approved' is named twice"),
        ('"ready", ', '":supportive", ', "names no control"),
        ('["product owner"]', '"product owner"', "line 2: roles is no list of words"),
        ('"Peer check"', '"done"', "line 8, stage 1: synonyms: 'done' is also a name of Done"),
        ('canonical = "review"', "canonical = 1", "line 7, stage 1: canonical is no text"),
        ('at = "review"', 'at = "Test"', "artefact 1: at: there is no stage 'Test'"),
        ('name = "test-plan"', "", "artefact 1: name is missing"),
        ('title = "Test plan"', "titel = 1", "artefact 1: there is no field 'titel'"),
    ],
)
def test_wrong_parts_are_refused_with_their_place(before: str, after: str, said: str) -> None:
    assert before in WHOLE
    with pytest.raises(BadInput) as refused:
        read_template(WHOLE.replace(before, after), "whole")
    assert said in str(refused.value)


def test_bundled_standards_name_controls_and_texts_that_are_there() -> None:
    templates = find().good
    assert all(names.canonical for template in templates for names in template.names)
    controls = {control.name for template in templates for control in template.controls}
    assert controls <= set(shipped())
    named = {names.text for template in templates for names in template.names}
    named |= {artefact.text for template in templates for artefact in template.artefacts}
    named |= {control["template"] for control in shipped().values()}
    assert named - {""} <= set(texts.names())
    assert len({source(template.name) for template in templates}) == len(templates)


def test_an_artefact_is_recognised_by_the_heading_of_its_text() -> None:
    for template in find().good:
        for artefact in template.artefacts:
            assert texts.read(artefact.text).title == artefact.title


def test_every_text_is_short_and_has_a_heading() -> None:
    for name in texts.names():
        text = texts.read(name)
        assert text.body.startswith("## ") and len(text.body) < 1200, name


def test_a_text_of_ones_own_replaces_a_bundled_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "vsm" / "templates" / "texts"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (folder / "ADR.md").write_text("# Ours\n\nwhy\n", "utf-8")
    (folder / "empty.md").write_text("\n", "utf-8")
    (folder / "huge.md").write_text("x" * 30_000, "utf-8")
    (folder / "latin.md").write_bytes(b"\xe4")
    (folder / "folder.md").mkdir()
    assert texts.read("adr").title == "Ours"
    assert "folder" not in texts.names()
    for name, said in (("empty", "is empty"), ("huge", "more than"), ("latin", "not UTF-8")):
        with pytest.raises(BadInput, match=said):
            texts.read(name)
    with pytest.raises(BadInput, match="did you mean 'test-plan'"):
        texts.read("test-pln")
