"""The value stream map as cells: which edges are shown, where boxes stand, how edges run."""
