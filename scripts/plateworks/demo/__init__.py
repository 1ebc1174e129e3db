"""A demonstration night: raw frames drawn from physics, with the truth beside them."""
