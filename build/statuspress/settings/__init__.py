"""Settings: what each section of statuspress.toml may hold, one file for each source that can be configured."""
