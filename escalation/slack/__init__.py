"""What people ask OpsPortal for in Slack: commands, dialogs, previews of links."""
