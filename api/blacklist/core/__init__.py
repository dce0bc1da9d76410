"""Pure values and decisions: no I/O, no clock. Whatever needs the time takes `now`, in Unix seconds."""
