"""Checks: questions about the evidence, answered with a score and a reason. No I/O, no clock."""
