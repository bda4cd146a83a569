"""Rules from examples: two messages of a tool in, rules that open and close an alert out."""

from integrations.teaching.choice import Choice
from integrations.teaching.leaves import Candidate
from integrations.teaching.proposing import Proposal, propose
from integrations.teaching.verdict import Verdict, judge

TAUGHT = ("custom", "generic-webhook")  # Templates that know nothing of who sends.

__all__ = ["TAUGHT", "Candidate", "Choice", "Proposal", "Verdict", "judge", "propose"]
