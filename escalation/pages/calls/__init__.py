"""Live call routing: what providers ask of calls, and the page of the routes."""
