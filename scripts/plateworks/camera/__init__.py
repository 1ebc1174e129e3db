"""How is a frame taken?  Camera, cooler, filter wheel, panel and mount over ASCOM Alpaca."""
