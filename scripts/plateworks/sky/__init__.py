"""Sources, plate solving and world coordinates.  Knows nothing of planning."""
