"""What Terraform knows of another pager, in the words of that pager's API: the answer of
``terraform show -json``, or its state.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from integrations.importers.files import Files

Values = Mapping[str, Any]
Resources = Mapping[str, list[Values]]  # by type
Convert = Callable[[Resources], dict[str, Any]]
STATES = ("values", "planned_values")


def with_terraform(files: Files, convert: Convert) -> Files:
    """The files with those of Terraform as documents of an API: ``convert`` makes lists of the
    resources of one file, by type. Others are as they were."""
    documents: dict[str, Any] = {}
    for path, document in files.documents.items():
        resources = resources_in(document)
        if resources is None:
            documents[path] = document
        else:
            documents[path] = {name: rows for name, rows in convert(resources).items() if rows}
    return Files(documents, files.problems, files.folders)


def resources_in(document: Any) -> dict[str, list[Values]] | None:
    """The values of all resources, data sources too, by type; None where it is none of
    Terraform's."""
    if not isinstance(document, Mapping) or "terraform_version" not in document:
        return None
    found: dict[str, list[Values]] = {}
    for kind, values in [*_of_show(document), *_of_state(document)]:
        found.setdefault(kind, []).append(values)
    return found


def block(values: Values, name: str) -> Any:
    """A block that is there once at most, which Terraform keeps as a list of one."""
    found = values.get(name)
    if isinstance(found, list):
        return found[0] if found else None
    return found


def blocks(values: Values, name: str) -> list[Values]:
    """The blocks of a name."""
    found = values.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def _of_show(document: Values) -> Iterator[tuple[str, Values]]:
    for name in STATES:
        state = document.get(name)
        if isinstance(state, Mapping):
            yield from _of_module(state.get("root_module"))
    prior = document.get("prior_state")  # in a plan, with its data sources
    if isinstance(prior, Mapping):
        yield from _of_show(prior)


def _of_module(module: Any) -> Iterator[tuple[str, Values]]:
    if not isinstance(module, Mapping):
        return
    for resource in blocks(module, "resources"):
        if isinstance(resource.get("values"), Mapping):
            yield str(resource.get("type")), resource["values"]
    for child in blocks(module, "child_modules"):
        yield from _of_module(child)


def _of_state(document: Values) -> Iterator[tuple[str, Values]]:
    for resource in blocks(document, "resources"):
        for instance in blocks(resource, "instances"):
            if isinstance(instance.get("attributes"), Mapping):
                yield str(resource.get("type")), instance["attributes"]
