"""What do people read."""
