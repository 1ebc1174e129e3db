"""Which master serves."""
