"""Who may ask what: API keys and their scopes."""
