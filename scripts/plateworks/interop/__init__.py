"""What do other programs make?  PixInsight, put to work; and what those get that stack lights."""
