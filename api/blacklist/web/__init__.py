"""Requests and responses: one file for each group of endpoints."""
