"""Commands that people give in a chat: what they say, who says it, and what is answered."""
