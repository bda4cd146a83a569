"""Messages that an integration keeps beside its rules, to try them on: of its own sender."""

import json
from typing import Any

from integrations.mapping.values import Problems

MAX_SAMPLES_BYTES = 100_000
MAX_SAMPLES = 20


def check_samples(raw: Any, problems: Problems) -> None:
    """Note what is wrong with ``samples``: a table of bodies by name, such as open and close."""
    if raw is None:
        return
    if not isinstance(raw, dict) or not all(raw) or len(raw) > MAX_SAMPLES:
        problems.append(("samples", f"write a table of at most {MAX_SAMPLES} bodies: open = {{…}}"))
    elif size_of(raw) > MAX_SAMPLES_BYTES:
        problems.append(
            ("samples", f"they are larger than {MAX_SAMPLES_BYTES // 1000} kB together")
        )


def size_of(samples: dict[str, Any]) -> int:
    """Bytes of the samples as JSON in UTF-8."""
    return len(json.dumps(samples, ensure_ascii=False, default=str).encode("utf-8", "replace"))
