"""What a frame says of itself.  Knows nothing of pixels."""
