"""Reads trackers over the network into raw pages on disk, for the importers of files."""
