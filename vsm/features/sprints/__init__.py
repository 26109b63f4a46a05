"""Sprints: commitment, burn-down, velocity as a range, odds of the goal; bugs."""
