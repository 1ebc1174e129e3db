"""The page of a camera over all nights."""
