"""Coverage: where the policies in use would page nobody, or not as they are meant to."""
