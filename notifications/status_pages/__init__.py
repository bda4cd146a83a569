"""Status pages: what a person published, for everybody to read.

They are served from rows alone: no worker, session or log-in is needed for them.
"""
