"""What a tool wants to read after each message, where its template says so."""

from typing import Any

from integrations.mapping.paths import Scope
from integrations.mapping.values import Problems, Value, compile_value


def fill(answer: dict[str, Any], body: Any) -> dict[str, Any]:
    """The answer with what stands in the message in place of each <path>."""
    scope = Scope(body, body)
    return {key: _filled(value, scope) for key, value in answer.items()}


def problems_of(answer: dict[str, Any]) -> Problems:
    """(key, what is wrong and how to mend it); [] where it can work."""
    problems: Problems = []
    for key, value in answer.items():
        if isinstance(value, str) and "<" in value:
            compile_value(value, key, problems)
        elif not isinstance(value, str | int | bool):
            problems.append((key, "write a text, a number, true or false"))
    return problems


def _filled(value: Any, scope: Scope) -> Any:
    if not isinstance(value, str) or "<" not in value:
        return value
    rule: Value | None = compile_value(value, "answer", [])
    return rule.read(scope) if rule else ""
