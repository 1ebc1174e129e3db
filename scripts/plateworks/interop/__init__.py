"""What do other programs make?  PixInsight, put to work."""
