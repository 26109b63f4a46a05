"""Controls: rules in CEL over facts of a change, their verdicts, and the modes that bind them."""
