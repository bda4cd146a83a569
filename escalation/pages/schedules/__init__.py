"""The pages of schedules: who is on call, the timeline, the editor, overrides, one's own shifts."""
