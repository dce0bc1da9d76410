"""Feeds: which there are, how they are fetched, and how an update becomes a generation."""
