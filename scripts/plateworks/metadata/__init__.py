"""What does a frame say of itself?  Knows nothing of pixels."""
