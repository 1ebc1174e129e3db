"""Where does it point?  Sources, plate solving, world coordinates; knows nothing of planning."""
