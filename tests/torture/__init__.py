"""The campaign: troubles of every kind, by the hundred, drawn by a seed (``make torture``).

Each file is a kind of trouble.  Its function makes so many trials in an empty folder, and yields of
each what was done, whether it struck, and which promises it broke:

* nothing is silent: what struck is named where a person looks;
* what is made afterwards has the same bytes as if nothing had been;
* memory and time stay bounded.
"""
