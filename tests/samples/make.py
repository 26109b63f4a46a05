"""Write one stored sample of every event of the current version; run by hand when one is added.

Samples of older versions stay as they are: they are what old journals hold.
"""

from __future__ import annotations

import json
from pathlib import Path

from vsm.model import event as e
from vsm.model.delivery_entities import CHANGE, DEPLOYMENT, INCIDENT, SERVICE
from vsm.model.entities import DRAFT, GRANT, MEMBER, PIN, PLAN, TEAM, VIEW
from vsm.model.governance_entities import ALIAS, CONTROL, MODE, WAIVER
from vsm.model.people_entities import ABSENCE, ALLOCATION, HIRE, INTERACTION
from vsm.model.portfolio_entities import (
    CONTRIBUTION,
    DECISION,
    INDICATOR,
    INDICATOR_READING,
    INITIATIVE,
    OBJECTIVE,
    SPENDING,
)
from vsm.model.report_entities import FACT_NOTE, MADE_REPORT
from vsm.model.source_entities import GONE, SOURCE, WRITTEN
from vsm.model.sprint_entities import SPRINT
from vsm.model.standard_entities import ADOPTION, DEVIATION

FOLDER = Path(__file__).parent
STAGE = e.StageFacts(id=3, name="Build", category="active", position=2, team=1, limit=4,
                     limit_kind="soft", policy="pairs", class_limits={"expedite": 1},
                     retired=True)  # fmt: skip
BESIDE = e.StageFacts(id=7, name="Build", category="active", position=1, limit=4,
                      limit_kind="soft", class_limits={"expedite": 1},
                      exempt=("expedite",))  # fmt: skip
EDGES = (e.EdgeFacts(source=2, target=3), e.EdgeFacts(source=3, target=2, kind="rework"))
FIELDS = e.ItemFields(title="3DS ünï", description="a\nb", type="bug", service="expedite",
                      owner="anna", team=1, estimate=2.5, due="2026-03-31", labels=("a", "b"),
                      parent="PAY-1")  # fmt: skip
OVER = e.Override(limit=3, wip=4, reason="promised", service="expedite")
ANNA = {"login": "anna", "name": "Anna Kern", "initials": "ak", "teams": (1, 2)}
A_COACH = {"login": "anna", "role": "coach", "only": 1, "until": "2027-03-31"}
OLD_WORK = {"name": "Old core work", "filter": "team:core age>p85", "only": 1}
TWENTY = {"name": "Pay: 20 items by 19 Dec 2026 (85%)", "question": "throughput", "only": 1,
          "items": 20, "by": "2026-12-19", "odds": 0.85, "pinned_at": 1_795_910_400_000_000,
          }  # fmt: skip
A_SET = {"name": "PAY-7, PAY-8 by 19 Dec 2026 (90%)", "question": "set", "keys": ("PAY-7", "PAY-8"),
         "by": "2026-12-19", "odds": 0.9, "pinned_at": 1_795_910_400_000_000,
         "source": "person", "note": "Steering committee"}  # fmt: skip
FUTURE = {"name": "Two reviewers", "only": 1, "opened_at": 1_795_910_400_000_000,
          "base": '{"name":"Pay","zone":"UTC","commitment":3,"map_time":"elapsed","stages":['
                  '{"id":3,"name":"Build","category":"active","position":1,"limit":4,'
                  '"limit_kind":"soft"},'
                  '{"id":4,"name":"Done","category":"done","position":2}],'
                  '"edges":[[3,4,"forward"]]}',
          "edits": ("set Build slots 2", "split Build into Build,Self-test")}  # fmt: skip
A_TEAM = {"name": "Core: saturated by 31 Jan 2027 (72%)", "question": "saturation", "team": 1,
          "by": "2027-01-31", "odds": 0.72, "pinned_at": 1_795_910_400_000_000}  # fmt: skip
OF_TEAMS = {"name": "One from Quality", "only": None,
            "options": "--change Risk=+1 --change Quality=-1"}  # fmt: skip
ONE_MORE = {"name": "One more", "only": 1, "options": "--slots Review=+1 --weeks 8"}

HALF = {"number": "1", "member": 5, "team": 1, "fraction": 0.5, "start": "2026-12-01",
        "end": "2027-03-31", "skills": ("go", "pci"), "ramp_weeks": 8, "is_over": True}  # fmt: skip
CHRISTMAS = {"number": "1", "member": 5, "start": "2026-12-24", "end": "2027-01-01",
             "absence_kind": "training", "fraction": 0.5}  # fmt: skip
VAULT = {"number": "1", "team": 1, "other": 2, "mode": "facilitating", "start": "2026-11-02",
         "until": "2027-03-01", "purpose": "Token vault"}  # fmt: skip
A_HIRE = {"number": "1", "team": 1, "fraction": 0.8, "skills": ("go",), "need_by": "2027-04-01",
          "lead_weeks": 12, "start": "2027-03-01", "state": "signed"}  # fmt: skip

A_STANDARD = {"number": "1", "only": 1, "standard": "kanban", "version": "ab" * 6,
              "text": '[[stage]]\nname = "Done"\ncategory = "done"\n', "reason": "One way of work",
              "decided_by": "anna"}  # fmt: skip
A_DEVIATION = {"number": "1", "only": 1, "part": "name:Review=Peer check", "reason": "Their word",
               "until": "2027-03-31", "decided_by": "anna"}  # fmt: skip
OWNED = {"name": "owned", "title": "Somebody owns it", "why": "So that somebody answers",
         "applies": "enter Build", "filter": "type:bug", "rule": "has(change.owner)",
         "remedy": "name an owner", "severity": "high", "owner": "anna", "refs": ("CC8.1",),
         "examples": ('{"expect": "pass", "facts": {"change": {"owner": "a"}}}',
                      '{"expect": "fail", "facts": {"change": {}}}'),
         "template": "review"}  # fmt: skip
A_MODE = {"number": "1", "only": 1, "control": 1, "value": "directive", "start": "2026-12-01",
          "until": "2027-03-31", "reason": "audit", "lead": "anna", "decided_by": "bo"}  # fmt: skip
A_WAIVER = {"number": "1", "control": 1, "only": 1, "key": "PAY-7", "reason": "pilot",
            "start": "2026-12-01", "until": "2027-01-31", "asked_by": "anna",
            "asked_at": 1_795_910_400_000_000}  # fmt: skip
A_SOURCE = {"name": "jira", "system": "jira-cloud", "base": "https://pay.atlassian.net",
            "scope": "project = PAY", "only": 1, "auth": "env:JIRA_TOKEN", "mapping": "board:7",
            "every": 5, "ca": "/etc/ssl/own.pem", "origin": "jira@pay",
            "evidence": True, "direction": "write", "written_after": 812}  # fmt: skip
A_GONE = {"key": "PAY-7", "source": 1, "since": 1_795_910_400_000_000}
A_WRITTEN = {"entry": "831", "source": 1, "outcome": "sent", "upstream": "10417",
             "why": ""}  # fmt: skip
A_REPORT = {"number": "1", "report": "weekly", "only": 1, "from_seq": 640, "to_seq": 812,
            "since": 1_795_310_400_000_000, "until": 1_795_910_400_000_000, "form": "md",
            "sha256": "ab" * 32,
            "facts": ('[2, "age-p95/s3", [7, 8], "Review"]',
                      '[1, "stale/s1", [], "Pay"]')}  # fmt: skip
A_NOTE = {"number": "1", "fact": "age-p95/s3", "rule": "age-p95", "only": 1, "mark": "acknowledged",
          "severity": 2, "items": ("7", "8"), "sentence": "2 items are old",
          "reason": "Waits for the audit", "noted_by": "anna",
          "noted_at": 1_795_910_400_000_000}  # fmt: skip
A_SPRINT = {"number": "1", "name": "Sprint 7", "only": 1, "team": 1, "goal": "Refunds by webhook",
            "planned_start": "2026-11-16", "planned_end": "2026-11-27", "measure": "points",
            "capacity_days": 40.0, "focus": 0.8, "grace": 24.0,
            "planned_at": 1_795_910_400_000_000}  # fmt: skip
BOARD_7 = {"number": "2", "name": "EE Sprint 7", "only": 1, "planned_start": "2026-11-16",
           "planned_end": "2026-11-27", "started_at": 1_795_910_400_000_000,
           "closed_at": 1_796_910_400_000_000, "source_id": "7"}  # fmt: skip
PAYMENTS = {"name": "payments", "team": 1, "only": 1, "repositories": ("acme/pay", "acme/vault"),
            "environments": ("production", "live-*"), "unplanned": ("hotfix/*", "*-fix"),
            "cause_hours": 24.0}  # fmt: skip
A_DEPLOYMENT = {"number": "1", "service": 1, "environment": "production",
                "finished_at": 1_795_910_400_000_000, "result": "partly",
                "started_at": 1_795_910_100_000_000, "ref": "hotfix/refunds",
                "commits": ("4be1c0d", "9f00aa1"), "items": (7, 8), "planned": False, "because": 1,
                "source_id": "gha-991"}  # fmt: skip
AN_INCIDENT = {"name": "INC-7", "service": 1, "opened_at": 1_795_910_500_000_000,
               "title": "Refunds fail", "severity": "high", "resolved_at": 1_795_914_000_000_000,
               "caused_by": 1, "link": "named", "work_item": 7, "source_id": "PD-7"}  # fmt: skip
A_CHANGE = {"number": "1", "service": 1, "ref": "acme/pay#31",
            "first_commit_at": 1_795_700_000_000_000, "proposed_at": 1_795_710_000_000_000,
            "reviewed_at": 1_795_720_000_000_000, "merged_at": 1_795_730_000_000_000,
            "commits": ("4be1c0d",), "items": (7,), "is_revert": True}  # fmt: skip
AN_OBJECTIVE = {"name": "Retention", "about": "Fewer leave", "horizon": "next", "owner": "anna",
                "first": "2026-10-01", "last": "2026-12-31", "share": 0.4, "parent": 2,
                "closed": True}  # fmt: skip
AN_INITIATIVE = {"name": "Loyalty", "filter": "label:loyalty", "state": "ready",
                 "sponsor": "ben", "hypothesis": "Points keep people", "mvp": "A counter",
                 "need_by": "2027-03-31", "place": 2.0, "more_items": 6, "currency": "EUR",
                 "profile": "window", "delay_low": 4000.0, "delay_likely": 6000.0,
                 "delay_high": 9000.0, "delay_from": "2027-01-01", "delay_until": "2027-06-30",
                 "half_life": 8.0, "day_rate": 900.0, "remaining": 40000.0, "benefit_low": 2000.0,
                 "benefit_likely": 5000.0, "benefit_high": 7000.0, "benefit_until": "2028-01-31",
                 "benefit_odds": 0.8, "value": 8.0, "criticality": 5.0, "opportunity": 3.0,
                 "size": 13.0}  # fmt: skip
A_CONTRIBUTION = {"number": "1", "initiative": 1, "objective": 1, "weight": 0.6}
AN_INDICATOR = {"number": "1", "name": "churn", "role": "guard", "initiative": 1, "unit": "%",
                "start": 4.0, "target": 5.5, "first": "2026-10-01",
                "last": "2026-12-31"}  # fmt: skip
A_READING = {"number": "1", "indicator": 1, "day": "2026-11-01", "value": -0.5, "source": "crm"}
A_SPENDING = {"number": "1", "initiative": 1, "day": "2026-11-01", "amount": 12500.0,
              "source": "invoice 7"}  # fmt: skip
A_DECISION = {"number": "1", "initiative": 1, "choice": "stop", "decided_at": 1_795_910_400_000_000,
              "by": "pia", "reason": "no effect", "facts": "{}", "review_on": "2027-02-27",
              "hindsight": "right", "hindsight_note": "churn fell anyway",
              "reviewed_at": 1_796_910_400_000_000}  # fmt: skip
GATE = e.GateFacts(
    control=1,
    version="ab" * 6,
    verdict="indeterminate",
    disposition="tolerated",
    mode="controlling",
    facts="cd" * 8,
    missing=("change.builds",),
    waiver=1,
)

SAMPLES: tuple[e.Event, ...] = (
    e.StreamCreated(stream=1, name="Pay", zone="Europe/Berlin", prefix="PAY", stages=(STAGE,),
                    edges=EDGES, commitment=3, workdays=(1, 2, 3, 4), holidays=("2026-12-25",),
                    types=("story", "bug"), vocabulary={"item": "story", "items": "stories"},
                    link="https://tracker.example/browse/{key}"),
    e.StreamCreated(stream=2, name="Desk", zone="UTC", prefix="D", edges=(),
                    stages=(e.StageFacts(id=4, name="Closed", category="active", position=1,
                                         behaviour="work-ends"),),
                    move_entry="in-sessions"),
    e.StreamCreated(stream=3, name="Web", zone="UTC", prefix="W", map_time="working",
                    edges=(e.EdgeFacts(source=5, target=6, note="ten a day"),),
                    stages=(e.StageFacts(id=5, name="Build", category="active", position=1,
                                         process_days=0.5, wait_days=5.0, complete_accurate=0.8,
                                         declared_note="a guess", note="one laptop"),
                            e.StageFacts(id=6, name="Done", category="done", position=2))),
    e.StreamCreated(stream=5, name="Shop", zone="UTC", prefix="S", edges=(),
                    stages=(BESIDE, *(e.StageFacts(id=n, name=f"S{n}", category="active",
                                                   position=n) for n in (8, 9))),
                    group_limits=({"stages": (8, 9), "limit": 6, "kind": "hard",
                                   "name": "In work"},)),
    e.StreamRemoved(stream=1),
    e.StreamChanged(stream=1, changes={"zone": ("UTC", "Europe/Berlin")}),
    e.StreamChanged(stream=1, changes={"move_entry": ("as-logged", "by-day")}),
    e.StreamChanged(stream=5, changes={"group_limits": (
        [], [{"stages": [8, 9], "limit": 6, "kind": "soft", "name": ""}])}),
    e.StageAdded(stream=1, stage=STAGE, positions={4: (3, 4)}, edges=EDGES, edges_before=()),
    e.StageRemoved(stream=1, stage=STAGE, positions={4: (4, 3)}, edges=(), edges_before=EDGES),
    e.StageChanged(stream=1, stage=3, changes={"limit": (None, 4), "limit_kind": ("none", "hard")}),
    e.StageChanged(stream=1, stage=3, changes={"behaviour": ("as-logged", "scheduled")}),
    e.StageChanged(stream=1, stage=3, changes={
        "process_days": (None, 0.5), "wait_days": (5.0, None), "complete_accurate": (None, 0.8),
        "declared_note": ("", "stopwatch"), "note": ("", "one laptop")}),
    e.StreamChanged(stream=1, changes={"map_time": ("elapsed", "working")}),
    e.StageChanged(stream=1, stage=3, changes={"exempt": ([], ["expedite"])}),
    e.StagesRearranged(stream=1, positions={3: (2, 3), 4: (3, 2)}, edges=EDGES, edges_before=()),
    e.EdgesChanged(stream=1, before=(), after=EDGES),
    e.added(TEAM, 1, name="Core", workdays=(1, 2), holidays=("2026-12-24",)),
    e.removed(TEAM, 1, name="Core", workdays=(1, 2), holidays=("2026-12-24",)),
    e.changed(TEAM, 1, {"name": ("Core", "Card core")}),
    e.added(TEAM, 2, name="Vault", type="platform", purpose="Keeps keys", sickness="recorded",
            service_level="Answers within a day"),
    e.added(MEMBER, 5, **ANNA),
    e.removed(MEMBER, 5, **ANNA),
    e.changed(MEMBER, 5, {"teams": ([1], [1, 2])}),
    e.added(VIEW, 1, **OLD_WORK),
    e.changed(VIEW, 1, {"filter": ("blocked", "-blocked")}),
    e.removed(VIEW, 1, **OLD_WORK),
    e.added(PIN, 1, **TWENTY),
    e.added(PIN, 2, **A_SET),
    e.added(PIN, 3, **A_TEAM),
    e.changed(PIN, 1, {"note": ("", "Steering committee")}),
    e.removed(PIN, 1, **TWENTY),
    e.added(PLAN, 1, **ONE_MORE),
    e.added(PLAN, 2, **OF_TEAMS),
    e.changed(PLAN, 1, {"options": ("--arrivals 120%", "--slots Review=+1")}),
    e.removed(PLAN, 1, **ONE_MORE),
    e.added(GRANT, 1, **A_COACH),
    e.changed(GRANT, 1, {"role": ("coach", "viewer")}),
    e.removed(GRANT, 1, **A_COACH),
    e.added(ALLOCATION, 1, **HALF),
    e.changed(ALLOCATION, 1, {"fraction": (0.5, 0.8), "end": (None, "2027-03-31")}),
    e.removed(ALLOCATION, 1, **HALF),
    e.added(ABSENCE, 1, **CHRISTMAS),
    e.changed(ABSENCE, 1, {"end": ("2027-01-01", "2027-01-06")}),
    e.removed(ABSENCE, 1, **CHRISTMAS),
    e.added(INTERACTION, 1, **VAULT),
    e.changed(INTERACTION, 1, {"ended": (None, "2027-02-26")}),
    e.removed(INTERACTION, 1, **VAULT),
    e.added(HIRE, 1, **A_HIRE),
    e.changed(HIRE, 1, {"state": ("signed", "started"), "member": (None, 5)}),
    e.removed(HIRE, 1, **A_HIRE),
    e.ItemAdded(item=7, stream=1, key="PAY-7", number=7, stage=2, rank=1048576, fields=FIELDS,
                override=OVER),
    e.ItemAdded(item=9, stream=1, key="PAY-9", number=9, stage=3, rank=1048576, fields=FIELDS,
                gates=(GATE,)),
    e.ItemMoved(item=7, stream=1, source=2, target=3, rank_before=5, rank=9, gates=(GATE,),
                emergency="site is down"),
    e.ItemTransferred(item=7, stream=1, to=2, source=3, target=9, rank_before=5, rank=9,
                      gates=(GATE,), left_gates=(GATE,)),
    e.ItemAdded(item=9, stream=1, key="PAY-9", number=9, stage=2, rank=9, approves=7,
                fields=e.ItemFields(title="Approve PAY-7 afterwards", labels=("emergency",))),
    e.AccessReviewed(roles=3, keys=2, note="bo left: revoked"),
    e.MoveChecked(item=7, stream=1, source=2, target=3, gates=(GATE,)),
    e.MoveRefused(change=7, stream=1, source=2, target=3, gates=(
        e.GateFacts(control=1, version="ab" * 6, verdict="fail", disposition="enforced",
                    mode="controlling", problem="index out of bounds"),)),
    e.EvidenceAdded(item=7, stream=1, evidence=1, what="deployment", ref="run/7",
                    happened=1_795_910_400_000_000, by="bo", status="success",
                    details={"env": "production"}, sha256="ab" * 32, origin="ci"),
    e.EvidenceAdded(item=7, stream=1, evidence=2, what="attestation", ref="data",
                    happened=1_795_910_400_000_000,
                    details={"change.data.personal": True, "change.data.retention_days": 30.0,
                             "change.data.categories": ["contact"]}),
    e.EvidenceRetracted(item=7, stream=1, evidence=1),
    e.added(CONTROL, 1, **OWNED),
    e.changed(CONTROL, 1, {"severity": ("high", "low")}),
    e.removed(CONTROL, 1, **OWNED),
    e.added(MODE, 1, **A_MODE),
    e.changed(MODE, 1, {"until": (None, "2027-03-31")}),
    e.removed(MODE, 1, **A_MODE),
    e.added(WAIVER, 1, **A_WAIVER),
    e.changed(WAIVER, 1, {"state": ("asked", "granted"), "answered_by": (None, "bo"),
                          "answered_at": (None, 1_795_910_400_000_000)}),
    e.removed(WAIVER, 1, **A_WAIVER),
    e.added(ALIAS, 1, name="anna@github", member=5),
    e.changed(ALIAS, 1, {"member": (5, 6)}),
    e.removed(ALIAS, 1, name="anna@github", member=5),
    e.added(ADOPTION, 1, **A_STANDARD),
    e.changed(ADOPTION, 1, {"version": ("ab" * 6, "cd" * 6), "reason": ("One way", "A new text")}),
    e.removed(ADOPTION, 1, **A_STANDARD),
    e.added(DEVIATION, 1, **A_DEVIATION),
    e.changed(DEVIATION, 1, {"until": ("2027-03-31", None)}),
    e.removed(DEVIATION, 1, **A_DEVIATION),
    e.added(SOURCE, 1, **A_SOURCE),
    e.changed(SOURCE, 1, {"auth": ("env:JIRA_TOKEN", "keyring:jira"), "every": (5, 10)}),
    e.removed(SOURCE, 1, **A_SOURCE),
    e.added(GONE, 1, **A_GONE),
    e.changed(GONE, 1, {"key": ("PAY-7", "PAY-8")}),
    e.removed(GONE, 1, **A_GONE),
    e.added(WRITTEN, 1, **A_WRITTEN),
    e.changed(WRITTEN, 1, {"outcome": ("pending", "stale"), "upstream": ("10416:0", ""),
                           "why": ("", "it had moved to Done upstream")}),
    e.removed(WRITTEN, 1, **A_WRITTEN),
    e.ItemAdded(item=8, stream=5, key="S-1", number=1, stage=8, rank=1048576, fields=FIELDS,
                override=e.Override(limit=6, wip=7, reason="promised", group="In work")),
    e.ItemRemoved(item=7, stream=1, key="PAY-7"),
    e.ItemEdited(item=7, stream=1, changes={"labels": (["a"], ["a", "b"]), "owner": (None, "bo")}),
    e.ItemMoved(item=7, stream=1, source=2, target=3, rank_before=5, rank=9, how="reopen",
                reason="not done", override=OVER),
    e.ItemMoved(item=7, stream=1, source=2, target=3, rank_before=5, rank=9, reason="forgot",
                late=True),
    e.MoveRetracted(item=7, stream=1, source=3, target=2, rank=5, over=OVER),
    e.ItemTransferred(item=7, stream=1, to=2, source=3, target=9, rank_before=5, rank=9,
                      reason="theirs", override=OVER),
    e.TransferRetracted(item=7, stream=2, to=1, source=9, target=3, rank=5, over=OVER),
    e.ItemReordered(item=7, stream=1, stage=3, rank_before=9, rank=4),
    e.StageRanksRebalanced(stream=1, stage=3, ranks=((7, 4, 1048576), (8, 5, 2097152))),
    e.ItemBlocked(item=7, stream=1, block=2, why="external", reason="waits for the bank"),
    e.ItemBlocked(item=7, stream=1, block=2, why="external", reason="the bank", late=True),
    e.BlockRetracted(item=7, stream=1, block=2),
    e.ItemUnblocked(item=7, stream=1, block=2),
    e.ItemUnblocked(item=7, stream=1, block=2, reason="they called", late=True),
    e.UnblockRetracted(item=7, stream=1, block=2),
    e.ItemCommented(item=7, stream=1, comment=4, text="a\n[/x]"),
    e.CommentRetracted(item=7, stream=1, comment=4),
    e.ItemArchived(item=7, stream=1, archived=True),
    e.ItemLinked(item=7, stream=1, link="blocks", source="PAY-7", target="PAY-8"),
    e.ItemUnlinked(item=7, stream=1, link="relates", source="PAY-7", target="PAY-8"),
    e.DependencyAgreed(item=8, stream=1, source="PAY-7", target="PAY-8", before=("proposed", None),
                       after=("accepted", "2026-12-24")),
    e.added(DRAFT, 1, **FUTURE),
    e.changed(DRAFT, 1, {"edits": ([], ["set Build slots 2"])}),
    e.changed(DRAFT, 1, {"state": ("open", "made"), "made_at": (None, 1_795_910_400_000_000),
                         "before_days": (None, 13.8), "predicted_days": (None, 9.6),
                         "measured_days": (None, 14.2)}),
    e.removed(DRAFT, 1, **FUTURE),
    e.ItemHistoryImported(item=7, stream=1, run=1, source="jira", source_key="10007", key="PAY-7",
                          rank=3, fields=FIELDS, transitions=((5, 2, "1", "u1"), (9, 3, "2", "")),
                          links=(("blocks", "PAY-7", "PAY-8"),), quality="truncated", ignored=1,
                          digest="ab", replaces=4),
    e.ItemHistoryImported(item=8, stream=1, run=1, source="jira", source_key="10008", key="PAY-8",
                          rank=4, fields=FIELDS, transitions=((5, 2, "", ""),), digest="cd",
                          blocks=(e.PastBlock(block=3, started=6, ended=8, reason="Impediment"),
                                  e.PastBlock(block=4, started=9, why="external", by="u1"))),
    e.ItemHistoryImported(item=9, stream=1, run=1, source="jira", source_key="10009", key="PAY-9",
                          rank=5, fields=FIELDS, transitions=((5, 2, "", ""),), digest="ef",
                          sprints=((2, 5, 8), (3, 8, None)), estimates=((5, None), (7, 3.0))),
    e.added(SPRINT, 1, **A_SPRINT),
    e.added(SPRINT, 2, **BOARD_7),
    e.changed(SPRINT, 1, {"planned_end": ("2026-11-27", "2026-11-30")}),
    e.removed(SPRINT, 1, **A_SPRINT),
    e.ItemAddedToSprint(item=7, stream=1, sprint=1, estimate=2.5, reason="urgent"),
    e.SprintEntryRetracted(item=7, stream=1, sprint=1),
    e.ItemRemovedFromSprint(item=7, stream=1, sprint=1, reason="too large"),
    e.SprintExitRetracted(item=7, stream=1, sprint=1),
    e.SprintStarted(sprint=1, stream=1, commitment=((7, 2.5), (8, None))),
    e.SprintStartRetracted(sprint=1, stream=1),
    e.SprintClosed(sprint=1, stream=1, carried=((7, 2), (8, None))),
    e.SprintClosed(sprint=2, stream=1, cancelled=True, reason="the goal is void"),
    e.SprintCloseRetracted(sprint=1, stream=1),
    e.SprintGoalJudged(sprint=1, stream=1, after=("partly", "two of three")),
    e.added(SERVICE, 1, **PAYMENTS),
    e.changed(SERVICE, 1, {"environments": (["production"], ["production", "prod*"])}),
    e.removed(SERVICE, 1, **PAYMENTS),
    e.added(DEPLOYMENT, 1, **A_DEPLOYMENT),
    e.changed(DEPLOYMENT, 1, {"result": ("success", "failure"), "planned": (None, False)}),
    e.removed(DEPLOYMENT, 1, **A_DEPLOYMENT),
    e.added(INCIDENT, 1, **AN_INCIDENT),
    e.changed(INCIDENT, 1, {"resolved_at": (None, 1_795_914_000_000_000),
                            "no_cause": (False, True)}),
    e.removed(INCIDENT, 1, **AN_INCIDENT),
    e.added(CHANGE, 1, **A_CHANGE),
    e.changed(CHANGE, 1, {"merged_at": (None, 1_795_730_000_000_000)}),
    e.removed(CHANGE, 1, **A_CHANGE),
    e.added(OBJECTIVE, 1, **AN_OBJECTIVE),
    e.changed(OBJECTIVE, 1, {"closed": (False, True), "share": (None, 0.4)}),
    e.removed(OBJECTIVE, 1, **AN_OBJECTIVE),
    e.added(INITIATIVE, 1, **AN_INITIATIVE),
    e.changed(INITIATIVE, 1, {"state": ("ready", "implementing"), "need_by": (None, "2027-03-31")}),
    e.removed(INITIATIVE, 1, **AN_INITIATIVE),
    e.added(CONTRIBUTION, 1, **A_CONTRIBUTION),
    e.changed(CONTRIBUTION, 1, {"weight": (1.0, 0.6)}),
    e.removed(CONTRIBUTION, 1, **A_CONTRIBUTION),
    e.added(INDICATOR, 1, **AN_INDICATOR),
    e.changed(INDICATOR, 1, {"target": (5.5, 5.0)}),
    e.removed(INDICATOR, 1, **AN_INDICATOR),
    e.added(INDICATOR_READING, 1, **A_READING),
    e.changed(INDICATOR_READING, 1, {"value": (-0.5, 0.5)}),
    e.removed(INDICATOR_READING, 1, **A_READING),
    e.added(SPENDING, 1, **A_SPENDING),
    e.changed(SPENDING, 1, {"amount": (12500.0, 12000.0)}),
    e.removed(SPENDING, 1, **A_SPENDING),
    e.added(DECISION, 1, **A_DECISION),
    e.changed(DECISION, 1, {"hindsight": (None, "wrong"),
                            "reviewed_at": (None, 1_796_910_400_000_000)}),
    e.removed(DECISION, 1, **A_DECISION),
    e.added(MADE_REPORT, 1, **A_REPORT),
    e.changed(MADE_REPORT, 1, {"sha256": ("ab" * 32, "cd" * 32)}),
    e.removed(MADE_REPORT, 1, **A_REPORT),
    e.added(FACT_NOTE, 1, **A_NOTE),
    e.changed(FACT_NOTE, 1, {"reason": ("Waits for the audit", "Over soon")}),
    e.removed(FACT_NOTE, 1, **A_NOTE),
    e.ImportRan(run=1, stream=1, format="jira", file="issues.json", sha256="00", items=1,
                transitions=1, links=1, mapping={"Open": 2}),
    e.ImportWithdrawn(run=1, stream=1, restated=((7, 4),)),
    e.ImportRestored(run=1, stream=1),
    e.EntriesRedacted(entries=((4, "ab" * 32),), reason="left the company", person=3),
    e.EntriesRedacted(entries=((4, "ab" * 32),), reason="a password", fields=("text",)),
    e.KeyAdded(title="anna laptop", fingerprint="SHA256:" + "a" * 43, login="anna", role="member",
               until="2027-01-01", sources=("10.0.0.0/8",)),
    e.KeyRevoked(title="anna laptop", fingerprint="SHA256:" + "a" * 43, login="anna"),
)  # fmt: skip


def lines() -> list[str]:
    """Each sample as a journal keeps it: kind, version, payload."""
    return [
        json.dumps({"kind": s.kind, "v": e.VERSION, "payload": e.dump(s)}, ensure_ascii=False)
        for s in SAMPLES
    ]


if __name__ == "__main__":
    (FOLDER / f"events_v{e.VERSION}.jsonl").write_text("\n".join(lines()) + "\n")
