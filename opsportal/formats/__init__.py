"""How dates and times look: the same in the admin as on our own pages."""
