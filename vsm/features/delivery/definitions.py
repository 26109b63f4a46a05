"""Definitions of the figures of delivery, by their paths in the JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "deployment": "A run that brought the service to production, by its environments, and"
        " succeeded at least partly. Runs of one pipeline (the same commit, or the same branch"
        " where commits are not known) that end within 10 minutes are one deployment, which ends"
        " when the last does. A run that failed or was cancelled reached nobody: it is listed and"
        " counts in no figure.",
        "lead_time": "Change lead time: from the first commit of a change to the end of the first"
        " deployment that held it, of changes that went live in the window; 50% and 85% by nearest"
        " rank, in hours. A revert is counted and left out. Where a moment comes before one that it"
        " follows the order is impossible: the change is listed and left out, never set to 0.",
        "lead_time.parts": "code: first commit to proposal; pick_up: to the first review by"
        " somebody else than the author; review: to the merge; deploy: merge to users. Each over"
        " the changes for which both moments are known, so medians of parts do not add up to that"
        " of the whole. A review after the merge is none.",
        "lead_time.inferred": "Of the changes, how many no deployment names by a commit: they are"
        " put down to the first one that began after their merge.",
        "frequency": "Deployments by day of the window, days without one included. days_a_week:"
        " median over full weeks of the days with at least one. gap: half of the times between one"
        " and the next are at most so many hours.",
        "change_fail": "Of the deployments in the window, the share that caused an incident, each"
        " once however many it caused. low and high: 95% range (Wilson); with fewer than 20"
        " deployments the range is the figure. inferred: how many failed by inferred links alone."
        " Where no incident was ever recorded nothing is known (unknown says so).",
        "cause": "The deployment of an incident: the one that a tool links; else the one that"
        " somebody named; else, inferred, the last deployment that ended before the incident was"
        " opened, at most the hours of the service before.",
        "recovery": "Failed deployment recovery time: from the end of a failed deployment until its"
        " last incident is resolved or, where that is not known, until the deployment that repairs"
        " it has ended; in hours. Those that are not over count with the time so far (Kaplan and"
        " Meier), so the median may only be known to be more than something.",
        "rework": "Of the deployments in the window, the share that was unplanned: marked so, made"
        " because of an incident, or from a branch or tag of the service's patterns.",
        "live": "Cycle time idea to live: of items that a deployment or its changes name, from"
        " creation, and from commitment, to the end of the first such deployment in days.",
        "live.before_first_commit": "Of the same items, from creation to the first commit of their"
        " first change.",
        "trend": "Up or down only where the latest full week is a signal by natural process limits"
        " (XmR) of at least 8 weeks; else nothing is claimed. Where counts hardly differ, only"
        " eight weeks in a row on one side of the median are; a rate of what happens less than"
        " once a week has no trend.",
    }
)
"""Figure (its path in the JSON form) → what it means."""
