"""Reports that write themselves: facts made by rules from two positions of the journal."""
