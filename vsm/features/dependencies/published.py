"""Who waits for whom, in its published form."""

from __future__ import annotations

from vsm.features.dependencies.results import Dependencies, Path
from vsm.features.dependencies.schema import (
    Circle,
    CriticalPath,
    DependencyReport,
    OpenDependency,
    Step,
    TeamMeasure,
    TeamWait,
    TopBlocker,
    WaitRisk,
)
from vsm.model.rules import from_micros


def _days(value: float | None) -> float | None:
    return round(value, 1) if value is not None else None


def published(told: Dependencies) -> DependencyReport:
    """The published form of what was found."""
    by_id = {part.id: part for part in told.parts}

    def path(each: Path) -> CriticalPath:
        return CriticalPath(
            to=by_id[each.items[-1]].key,
            days=round(each.days, 1) if each.ends is not None else None,
            expected=str(each.ends) if each.ends is not None else None,
            due=str(each.due) if each.due is not None else None,
            late=each.late,
            items=[
                Step(
                    key=by_id[item].key,
                    team=by_id[item].team,
                    stage=by_id[item].stage,
                    remaining_days=_days(by_id[item].remaining),
                )
                for item in each.items
            ],
        )

    paths = [path(each) for each in told.paths]
    return DependencyReport(
        as_of=from_micros(told.as_of).isoformat().replace("+00:00", "Z"),
        team_matrix=[
            TeamWait(
                waiting_team=each.waiting,
                blocking_team=each.blocking,
                open=len(each.waits),
                waiting_item_days=round(each.days, 1),
            )
            for each in told.matrix
        ],
        top_blockers=[
            TopBlocker(
                key=by_id[each.item].key,
                title=by_id[each.item].title,
                team=by_id[each.item].team,
                stream=by_id[each.item].stream,
                stage=by_id[each.item].stage,
                blocked=bool(by_id[each.item].blocked),
                waiting_items=len(each.behind),
                waiting_item_days=round(each.days, 1),
                behind=[by_id[item].key for item in each.behind],
            )
            for each in told.blockers
        ],
        critical_path=paths[0] if paths else None,
        paths=paths,
        cycles=[
            Circle(
                items=[by_id[item].key for item in each.items],
                unlink=(by_id[each.cut[0]].key, by_id[each.cut[1]].key),
            )
            for each in told.cycles
        ],
        risks=[
            WaitRisk(
                kind=each.kind.value, key=by_id[each.item].key, on=by_id[each.on].key, why=each.why
            )
            for each in told.risks
        ],
        teams=[
            TeamMeasure(
                team=each.team,
                waits_for=list(each.waits_for),
                holds_up=list(each.holds_up),
                item_days_waiting=round(each.days_waiting, 1),
                item_days_held_up=round(each.days_held_up, 1),
                betweenness=round(each.between, 3),
            )
            for each in told.teams
        ],
        open=[
            OpenDependency(
                waiting=by_id[each.waiting].key,
                blocker=by_id[each.blocker].key,
                waiting_team=by_id[each.waiting].team,
                blocking_team=by_id[each.blocker].team,
                days=round(each.days, 1),
                state=each.state or None,
                need_by=str(each.need_by) if each.need_by is not None else None,
                clock_skew=each.clock_off,
            )
            for each in told.waits
        ],
    )
