"""A database that auditors look at: changes with and without evidence, in March 2025."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from tests.samples.streams import kanban
from vsm.controls import shipped
from vsm.model import command as c
from vsm.model.control.control import WaiverState
from vsm.model.entities import TEAM
from vsm.model.governance_entities import CONTROL, MODE, WAIVER
from vsm.model.rules import to_micros
from vsm.reader import Reader
from vsm.session import ChangeGroup, Session

MARCH = ("--from", "2025-03-01", "--to", "2025-03-31")
OWN_APPROVAL = (
    "approval by anna (5 Mar 2025 11:00 UTC), pull request pr/5, commit sha5 by anna"
    " (5 Mar 2025 10:00 UTC): author of the commit and approver are both anna"
)
"""Why chg-approved fails on P-2."""


def moment(text: str) -> int:
    """``03-10 14:00`` of 2025 in UTC."""
    return to_micros(datetime.fromisoformat(f"2025-{text.replace(' ', 'T')}+00:00"))


class Audited:
    """Writes as ``pmo`` at the moment ``at``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = moment("02-03 09:00")
        self.pmo = Session(path, actor="pmo", clock=lambda: self.at)
        self.anna = Session(path, actor="anna", clock=lambda: self.at)
        self.do(kanban("Payments", "UTC", "P"), c.AddEntity(TEAM, {"name": "Core"}))
        self.do(*(c.AddEntity(CONTROL, values) for values in shipped().values()))
        self.read = Reader(path)
        self.stages = {stage.name: stage.id for stage in self.read.stream_named(None).stages}

    def do(self, *commands: c.Command, by: Session | None = None) -> None:
        done = (by or self.pmo).do(*commands)
        assert isinstance(done, ChangeGroup), done

    def item(self, key: str) -> int:
        item = self.read.find_key(key)
        assert item is not None
        return item.id

    def evidence(self, key: str, kind: str, ref: str, at: str, by: str = "", **more: Any) -> None:
        self.do(c.AddEvidence(self.item(key), kind, ref, moment(at), by, **more))

    def add(self, title: str, day: int, **fields: Any) -> str:
        """An item that is started on a day of March and finished on the second day after it."""
        self.at = moment(f"03-{day:02} 09:00")
        self.do(c.AddItem(1, title, fields={"team": 1, **fields}))
        key = f"P-{len(self.read.briefs(range(1, 1000)))}"
        self.move(key, "Build")
        return key

    def move(self, key: str, stage: str, **more: Any) -> None:
        self.do(c.MoveItem(self.item(key), self.stages[stage], **more))

    def finish(self, key: str, day: int) -> None:
        self.at = moment(f"03-{day:02} 16:00")
        self.move(key, "Done")

    def change(self, day: int, *, approver: str = "ben", deployer: str = "ci") -> str:
        """A change with commits, approval, build and deployment, in this order, on one day."""
        key = self.add(f"change of the {day}th", day)
        pr, sha = f"pr/{day}", f"sha{day}"
        d = f"03-{day:02}"
        self.at = moment(f"{d} 11:00")
        self.evidence(key, "commit", sha, f"{d} 10:00", "anna", details={"pr": pr})
        self.evidence(key, "approval", f"ok/{day}", f"{d} 11:00", approver)
        self.at = moment(f"{d} 13:00")
        merged = {"merged_at": f"2025-{d}T12:00:00+00:00", "sha": f"m{day}"}
        self.evidence(key, "pull_request", pr, f"{d} 12:00", "anna", details=merged)
        self.evidence(
            key, "build", f"ci/{day}", f"{d} 13:00", status="pass", details={"sha": f"m{day}"}
        )
        self.deploy(key, day, deployer)
        self.finish(key, day)
        return key

    def deploy(self, key: str, day: int, by: str = "ci", env: str = "production") -> None:
        self.at = moment(f"03-{day:02} 15:00")
        self.evidence(
            key,
            "deployment",
            f"deploy/{key}",
            f"03-{day:02} 14:00",
            by,
            status="success",
            details={"env": env},
        )

    def close(self) -> None:
        self.read.close()
        self.pmo.close()
        self.anna.close()


def audited(path: Path) -> None:
    """P-1 passes all, P-2 was approved by its author, of P-3 little is known, P-4 is waived.

    P-5 was not deployed; P-6 went to staging.
    """
    made = Audited(path)
    made.change(4)
    made.change(5, approver="anna", deployer="anna")
    made.add("little is known", 6)
    made.deploy("P-3", 6)
    made.finish("P-3", 6)
    made.at = moment("03-10 09:00")
    mode = {"only": 1, "value": "controlling", "start": "2025-03-10", "reason": "agreed"}
    made.do(c.AddEntity(MODE, {**mode, "control": control(made, "chg-approved")}))
    key = made.add("waived", 11)
    made.deploy(key, 11)
    waiver = {"control": control(made, "chg-approved"), "key": key, "reason": "pilot"}
    waiver |= {"start": "2025-03-11", "until": "2025-03-20"}
    made.do(c.AddEntity(WAIVER, waiver), by=made.anna)
    made.do(c.ChangeEntity(WAIVER, 1, {"state": WaiverState.GRANTED}))
    made.finish(key, 11)
    made.at = moment("03-12 09:00")
    off = {**mode, "value": "supportive", "start": "2025-03-12"}
    made.do(c.AddEntity(MODE, {**off, "control": control(made, "chg-approved")}))
    made.finish(made.add("not deployed", 12), 13)
    key = made.add("to staging", 14)
    made.deploy(key, 14, env="staging")
    made.close()


def control(made: Audited, name: str) -> int:
    """The id of a control."""
    return next(one.id for one in made.read.entities(CONTROL) if one.name == name)
