"""How good is it?  Measures of lights, and verdicts with a named cause."""
