"""Arrays in, arrays out.  Knows nothing of files, headers or configuration."""
