"""Commands from Slack and Microsoft Teams: parsing, account links, texts of replies."""
