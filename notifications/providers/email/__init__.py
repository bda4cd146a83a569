"""Vendors, and mail servers, that carry e-mail."""
