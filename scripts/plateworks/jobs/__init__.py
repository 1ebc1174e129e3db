"""What does Snakemake ask."""
