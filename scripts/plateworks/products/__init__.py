"""Files in, files out: masters, cosmetic lists, calibrated frames.  Knows nothing of planning."""
