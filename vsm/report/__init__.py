"""Plain-text drawings of boards, items, lists and figures, for terminals, pipes and files."""
