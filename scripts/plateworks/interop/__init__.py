"""Other programs put to work: PixInsight."""
