"""Snapshots on their way from the importer to the processes that serve them."""
