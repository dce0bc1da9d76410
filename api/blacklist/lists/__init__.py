"""Lists: one list of one generation, rendered to a file by a child process; the bounded cache of them."""
