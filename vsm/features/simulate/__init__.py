"""A simulator of a stream's own stage graph: the effects of a change, with their ranges."""
