"""Formats: one file per feed format family, one per export. Pure: bytes in, values out, and back."""
