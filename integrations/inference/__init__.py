"""Rules from examples: two messages of a tool in, rules that open and close an alert out."""

from integrations.inference.choice import Choice
from integrations.inference.leaves import Candidate
from integrations.inference.proposal import Proposal, propose
from integrations.inference.validation import ValidationResult, validate

LEARNING_TEMPLATES = ("custom", "generic-webhook")  # Templates that know nothing of who sends.

__all__ = [
    "LEARNING_TEMPLATES",
    "Candidate",
    "Choice",
    "Proposal",
    "ValidationResult",
    "propose",
    "validate",
]
