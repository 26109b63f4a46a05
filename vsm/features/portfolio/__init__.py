"""Portfolio: objectives, initiatives, what they are worth, what to start, go on with, stop."""
