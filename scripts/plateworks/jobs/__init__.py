"""What does Snakemake ask?"""
