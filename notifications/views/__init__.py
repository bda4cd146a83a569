"""Pages about being told: one's own, and those behind links in messages."""
