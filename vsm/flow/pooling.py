"""Pools laws of the remaining time, weighed by past errors, and scales how fast items end."""

from __future__ import annotations

import numpy as np

from vsm.flow.stays import Floats

PRIOR, PRIOR_HOLDS = (0.5, 0.25, 0.25), 1.0
"""What each law counts before anything was scored: the age leads. How firmly that holds."""
STEPS = 20
"""Weights are fitted in steps of one in so many."""
TINY = 1e-12

Laws = tuple[Floats, Floats]
"""Shares finished and ended undelivered, by law, item and day."""


def pool(weight: Floats, laws: Laws) -> Laws:
    """The mean of the laws, each by its weight."""
    done, gone = (np.tensordot(weight, shares, 1) for shares in laws)
    return done, gone


def fit_pool(errors: Floats) -> Floats:
    """The weights under which the square of the pooled error is least, near the prior."""
    prior = np.array(PRIOR)
    steps = np.indices((STEPS + 1,) * prior.size).reshape(prior.size, -1).T
    mixes = steps[steps.sum(1) == STEPS] / STEPS
    cost = ((mixes @ errors) * mixes).sum(1) + PRIOR_HOLDS * ((mixes - prior) ** 2).sum(1)
    best: Floats = mixes[np.argmin(cost)]
    return best


def at_pace(done: Floats, gone: Floats, pace: float) -> Laws:
    """The same with all hazards times ``pace``; what ends keeps its share of finished ones."""
    ended = done + gone
    faster = 1 - np.maximum(1 - ended, 0.0) ** pace
    ratio = np.where(ended > TINY, faster / np.maximum(ended, TINY), 0.0)
    return done * ratio, gone * ratio
