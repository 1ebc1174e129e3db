"""A night drawn from physics.  Raw frames, with the truth beside them."""
