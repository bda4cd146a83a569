"""An admin at a desk, for tests: opens a page, follows its links, fills in its forms and presses
their buttons. What does not stand on the page cannot be filled in or pressed."""

import html
import re
from urllib.parse import urljoin

from django.test.html import Element, parse_html

from tests.integrations.pages import admin_browser

NO_SCRIPT = ("script", "style", "template")
AREA = re.compile(r'<textarea\b[^>]*?name="([^"]*)"[^>]*>\n?(.*?)</textarea>', re.DOTALL)


class Page:
    """One page, as it stands before the person."""

    def __init__(self, client, answer):
        self.client, self.answer, self.filled, self.rows = client, answer, {}, []
        self.path, self.query = answer.request["PATH_INFO"], answer.request["QUERY_STRING"]
        self.source = answer.content.decode()
        self.tree = parse_html(self.source)
        self.text = text_of(self.tree)
        # The parser folds line breaks; in a text area they count.
        self.areas = {k: html.unescape(v) for k, v in AREA.findall(self.source)}

    def follow(self, word):
        """The page behind the link with this word, or with this address."""
        found = elements(self.tree, "a")
        links = [a for a in found if word in text_of(a) or word == of(a, "href")]
        assert links, f"no link {word}: {self.text}"
        return go(self.client, urljoin(self.path, of(links[0], "href")))

    def fill(self, **fields):
        """Fill in fields by their names, with ``__`` for a dot."""
        self.filled |= {name.replace("__", "."): value for name, value in fields.items()}
        return self

    def add(self, part, **fields):
        """Add a row to a table of parts, as its "Add another" does, and fill it in."""
        self.rows.append((part, fields))
        return self

    def press(self, word, within=""):
        """Press the button with this word (or value); the next page. ``within`` says in which form:
        by a part of its address, or by its panel."""
        form, button = self.button(word, within)
        sent = controls(form, self.areas)
        for part, fields in self.rows:
            self.filled |= add_row(sent, part, fields)
        for name, value in self.filled.items():
            assert name in sent, f"no field {name} in {sorted(sent)}"
            sent[name] = value
        sent = {name: value for name, value in sent.items() if value is not None}
        if of(button, "name"):
            sent[of(button, "name")] = of(button, "value")
        target = urljoin(self.path, of(form, "action") or self.path)
        if of(form, "method").lower() == "post":
            if not of(form, "action"):  # It goes to the address of the page, with its query.
                target = f"{target}?{self.query}"
            return Page(self.client, self.client.post(target, sent, follow=True))
        return Page(self.client, self.client.get(target, sent, follow=True))

    def button(self, word, within=""):
        """A button and its form; one that says just this before one that says more."""
        forms = [
            form
            for form in elements(self.tree, "form")
            if within in of(form, "action") or within == panel_of(form)
        ]
        pairs = [(form, button) for form in forms for button in self.buttons_of(form)]
        just = [pair for pair in pairs if word in (words_of(pair[1]), of(pair[1], "value"))]
        found = just or [pair for pair in pairs if word in text_of(pair[1])]
        assert found, f"no button {word}: {self.text}"
        return found[0]

    def buttons_of(self, form):
        """Those within a form, and those elsewhere that name it."""
        name = of(form, "id")
        others = [b for b in elements(self.tree, "button") if name and of(b, "form") == name]
        return [*elements(form, "button"), *others]

    def value(self, element_id):
        """What stands in the field with this id."""
        return of(self.element(element_id), "value")

    def element(self, element_id):
        found = [e for e in elements(self.tree) if of(e, "id") == element_id]
        assert found, f"no #{element_id}: {self.text}"
        return found[0]

    def labels(self):
        """What fields and groups of fields are called."""
        named = {of(e, "aria-labelledby") for e in elements(self.tree) if of(e, "role") == "group"}
        rows = elements(self.tree, "label", "legend", "span")
        return [text_of(e) for e in rows if e.name != "span" or of(e, "id") in named - {""}]

    def options(self, name):
        """The words of a drop-down, in their order."""
        select = next(e for e in elements(self.tree, "select") if of(e, "name") == name)
        return [text_of(option) for option in elements(select, "option")]


def go(client, path):
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, f"{path}: {answer.status_code}"
    return Page(client, answer)


def sit_down(path="/integrations/", client=None):
    """The page that an Integrations Admin opens."""
    return go(client or admin_browser(), path)


def elements(node, *names):
    """This element's descendants, as a browser shows them: no templates."""
    for child in node.children:
        if isinstance(child, Element) and child.name not in NO_SCRIPT:
            if not names or child.name in names:
                yield child
            yield from elements(child, *names)


def of(element, name):
    found = dict(element.attributes)
    return (found[name] or "") if name in found else ""


def has(element, name):
    return any(key == name for key, _ in element.attributes)


def panel_of(form):
    fields = elements(form, "input")
    return next((of(one, "value") for one in fields if of(one, "name") == "panel"), None)


def words_of(element):
    """Its text without the names of symbols."""
    symbols = {text_of(one) for one in elements(element, "i")}
    return " ".join(word for word in text_of(element).split() if word not in symbols)


def text_of(element):
    parts = []
    for child in element.children:
        if isinstance(child, str):
            parts.append(html.unescape(child))
        elif child.name not in NO_SCRIPT:
            parts.append(text_of(child))
    return " ".join(" ".join(parts).split())


def add_row(sent, part, fields):
    """Add the fields of an empty row to what is sent; ``fields`` by their names in that row."""
    total, empty = f"{part}-TOTAL_FORMS", f"{part}-__prefix__-"
    number = sent[total]
    sent |= {
        name.replace("__prefix__", number): value
        for name, value in list(sent.items())
        if name.startswith(empty)
    }
    sent[total] = str(int(number) + 1)
    return {f"{part}-{number}-{name}": value for name, value in fields.items()}


def controls(form, areas):
    """What a browser would send, by name; a list where several of one name are sent, None for what
    is off, and would not be sent."""
    sent = {}
    for field in elements(form, "input", "select", "textarea"):
        name, kind = of(field, "name"), of(field, "type")
        if name and kind not in ("submit", "button"):
            value, before = value_of(field, areas), sent.get(name)
            if value is None or before is None:
                sent[name] = before if value is None else value
            else:
                sent[name] = [*(before if isinstance(before, list) else [before]), value]
    return sent


def value_of(field, areas):
    if of(field, "type") in ("checkbox", "radio"):
        return (of(field, "value") or "on") if has(field, "checked") else None
    if field.name == "select":
        return chosen(field)
    return of(field, "value") if field.name == "input" else areas[of(field, "name")]


def chosen(select):
    options = list(elements(select, "option"))
    marked = [option for option in options if has(option, "selected")]
    if has(select, "multiple"):
        return [of(option, "value") for option in marked] or None
    first = (marked or options)[:1]
    return next((of(o, "value") if has(o, "value") else text_of(o) for o in first), None)
