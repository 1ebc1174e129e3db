"""From headers and configuration to a complete plan.  Knows nothing of pixels or of Snakemake."""
