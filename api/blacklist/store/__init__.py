"""Stores: where generations, the allowlist and keys outlive a process."""
