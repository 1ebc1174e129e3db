"""What will be made, and where?  Knows nothing of pixels or of Snakemake."""
