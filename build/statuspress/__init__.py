"""statuspress: collects evidence from live systems, scores it, and renders it as a static site."""
