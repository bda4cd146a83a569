"""Pages about policies: the ladder, copies, stock policies."""
