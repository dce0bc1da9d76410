"""Sources: one file for each live system, and the collector that asks them all side by side."""
