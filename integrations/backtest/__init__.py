"""Back-test: what other rules would have made of the last messages."""

from integrations.backtest.compare import Comparison, Row, compare

__all__ = ["Comparison", "Row", "compare"]
