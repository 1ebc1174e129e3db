"""Who vouches for a master?  Verdicts, certificates, and what was taken back."""
