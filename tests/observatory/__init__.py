"""Alpaca servers for tests: the simulator of alpaca-simulators, and one that misbehaves."""
