"""Devices over ASCOM Alpaca: camera, cooler, filter wheel, panel, and how they are found."""
