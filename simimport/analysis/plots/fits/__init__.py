"""Pictures of fits: how they compare with what was seen."""
