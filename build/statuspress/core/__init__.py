"""Pure values and arithmetic: no I/O, no clock. Whatever needs the time takes `now`."""
