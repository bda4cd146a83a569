"""Rules and routing as five panels that a person can click, and back."""

from integrations.pages.rule_editor.save import rules_from_post

__all__ = ["rules_from_post"]
