"""English, with the day first and twenty-four hours."""
