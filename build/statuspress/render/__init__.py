"""Pages from a report: texts, content, templates, drawings and output. Knows no source and no clock."""
