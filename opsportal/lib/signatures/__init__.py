"""Signatures that several apps check: HMAC schemes as data, and the envelopes of Amazon SNS."""
