"""Where the flow is limited: the constraint, its evidence and what to do about it."""
