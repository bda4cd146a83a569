"""Bodies that are dear to decode, each of a given size in bytes."""

import gzip

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MULTIPART = "multipart/form-data; boundary=b0"
SIZE = 700_000


def filled(unit, size):
    return (unit * (size // len(unit) + 1))[:size]


def nested_multipart(size, depth=600):
    heads = (
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (level, level + 1)
        for level in range(depth)
    )
    head = b"".join(heads)
    return head + filled(b"x\r\n", size - len(head))


def wrapped_multipart(size, depth=100):
    """Each line is also a boundary of some level."""
    head = nested_multipart(0, depth)
    lines = b"".join(b"--b%d\r\n" % level for level in range(depth))
    return head + filled(lines, size - len(head))


def nested_mail(size, depth=600):
    return b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n" + nested_multipart(
        size, depth
    )


def keys(field, size):
    """Very many different keys."""
    rows = (b'{"%s":"%016d"}' % (field.encode(), n) for n in range(size // (20 + len(field)) + 1))
    return b"[" + b",".join(rows)[: size - 1]


# What is posted without a key: media type, body, headers.
POSTS = {
    "nothing": (JSON, lambda size: b"", {}),
    "parts in parts": (MULTIPART, nested_multipart, {}),
    "boundaries of all levels": (MULTIPART, wrapped_multipart, {}),
    "many parts": (MULTIPART, lambda size: filled(b"--b0\r\n\r\n\r\n", size), {}),
    "heads of parts": (MULTIPART, lambda size: filled(b'--b0\r\nname="token"; ', size), {}),
    "keys in heads of parts": (
        MULTIPART,
        lambda size: filled(b'name="token"' * 8 + b"\r\n", size),
        {},
    ),
    "deep lists": (JSON, lambda size: b"[" * size, {}),
    "deep objects": (JSON, lambda size: filled(b'{"a":', size), {}),
    "many objects": (JSON, lambda size: b"[" + filled(b"{},", size - 3) + b"1]", {}),
    "long number": (JSON, lambda size: b"[" + b"9" * size + b"]", {}),
    "keys of version 2": (JSON, lambda size: keys("routing_key", size), {}),
    "keys of version 1": (JSON, lambda size: keys("service_key", size), {}),
    "keys of GoAlert": (JSON, lambda size: keys("token", size), {}),
    "names of keys": (JSON, lambda size: filled(b'"routing_key"', size), {}),
    "names and blanks": (JSON, lambda size: filled(b'"service_key"' + b" " * 5000, size), {}),
    "half keys": (JSON, lambda size: filled(b'"token":"aaaaaaaa', size), {}),
    "fields of a form": (FORM, lambda size: filled(b"token=%41%41&", size), {}),
    "percent signs": (FORM, lambda size: filled(b"%", size), {}),
    "XML elements": ("text/xml", lambda size: filled(b"<a><b c='d'/>", size), {}),
    "XML entities": (
        "text/xml",
        lambda size: filled(b'<!DOCTYPE a [<!ENTITY b "c">', size),
        {},
    ),
    "mail in mail": ("message/rfc822", nested_mail, {}),
    "a bomb": (JSON, lambda size: gzip.compress(b"0" * size * 100), {"Content-Encoding": "gzip"}),
    "a packed form": (
        MULTIPART,
        lambda size: gzip.compress(nested_multipart(size)),
        {"Content-Encoding": "gzip"},
    ),
    "no gzip": (JSON, lambda size: b"x" * size, {"Content-Encoding": "gzip"}),
    "UTF-16": (JSON, lambda size: ('{"routing_key":"a",' * (size // 40)).encode("utf-16"), {}),
    "charset hex": (f"{FORM}; charset=hex", lambda size: filled(b"a=b&", size), {}),
    "charset punycode": (f"{FORM}; charset=punycode", lambda size: filled(b"a-", size), {}),
}


def part(head):
    """Very many parts of a mail with this head."""
    start = b"Subject: x\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
    return lambda size: start + filled(b"--b0\r\n" + head + b"\r\n\r\nx\r\n", size)


def html(unit):
    return lambda size: b"Content-Type: text/html\r\n\r\n" + filled(unit, size)


# What a mail may hold, as its bytes.
MAILS = {
    "parts in parts": nested_mail,
    "a few parts in parts": lambda size: nested_mail(size, 38),
    "mails in mails": lambda size: filled(b"Content-Type:          message/rfc822\r\n\r\n", size),
    "a digest": lambda size: (
        b"Content-Type: multipart/digest; boundary=b0\r\n\r\n" + filled(b"--b0\r\n\r\n", size)
    ),
    "carriage returns": lambda size: nested_mail(0, 38) + filled(b"x\r", size),
    "blanks before the boundary": lambda size: b"A: b\r\n\r\n" + filled(b"boundary     ", size),
    "parameters": part(b"Content-Type: text/plain" + b";a=b" * 900),
    "parameters behind a carriage return": lambda size: (
        b"A: b\rContent-Type: text/plain" + filled(b";a=b", size) + b"\r\n\r\n"
    ),
    "pieces of a name": part(
        b"Content-Disposition: attachment" + b"".join(b";filename*%d=a" % n for n in range(200))
    ),
    "a number of a piece": part(b"Content-Disposition: attachment; filename*" + b"9" * 3000),
    "a name in punycode": part(
        b"Content-Disposition: attachment; filename*=punycode''" + b"a" * 1900 + b"-" + b"9" * 1900
    ),
    "a text in punycode": lambda size: (
        b"Content-Type: text/plain; charset=punycode\r\n\r\n" + filled(b"a-9", size)
    ),
    "a text in idna": lambda size: (
        b"Content-Type: text/plain; charset=idna\r\n\r\n" + filled(b"xn--a.", size)
    ),
    "a folded line": lambda size: b"Subject: a\r\n" + filled(b" b\r\n", size) + b"\r\n",
    "a long line": lambda size: b"To: " + filled(b"a@b.c, ", size) + b"\r\n\r\n",
    "many lines": lambda size: filled(b"To: a@b.c\r\n", size) + b"\r\n",
    "encoded words": lambda size: b"Subject: " + filled(b"=?a?b?YQ==?= ", size) + b"\r\n\r\n",
    "an open tag": html(b"<"),
    "open comments": html(b"<!--"),
    "references": html(b"&#x41"),
    "a reference without an end": html(b"&#" + b"9" * 100_000),
    "soft breaks": lambda size: (
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + filled(b"=\r\n", size)
    ),
}
# What the decoders of bodies read: media type and body.
BODIES = {name: row[:2] for name, row in POSTS.items() if not row[2]} | {
    "attributes": (
        "text/xml",
        lambda size: b"<a " + b" ".join(b"a%d=''" % n for n in range(size // 9)) + b"/>",
    ),
    "numbers": (JSON, lambda size: b"[" + filled(b"9" * 3999 + b",", size) + b"1]"),
    "fractions": (JSON, lambda size: b"[0." + b"1" * size + b"]"),
    "exponents": (JSON, lambda size: b"[1e" + b"9" * size + b"]"),
    "escapes": (JSON, lambda size: b'["' + filled(b"\\ud800", size - size % 6) + b'"]'),
    "one key again and again": (
        JSON,
        lambda size: b"{" + filled(b'"a":1,', size - size % 6) + b'"a":1}',
    ),
    "lines": ("application/x-ndjson", lambda size: filled(b"{}\n", size)),
    "lines without a type": (JSON, lambda size: filled(b"{}\n", size)),
    "one field again and again": (FORM, lambda size: filled(b"a=&", size)),
    "a part in base64": (
        MULTIPART,
        lambda size: (
            b'--b0\r\nContent-Disposition: form-data; name="a"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\n" + filled(b"A\r\n", size)
        ),
    ),
    "parameters of parts": (
        MULTIPART,
        lambda size: filled(
            b"--b0\r\nContent-Disposition: form-data" + b";a=b" * 200 + b"\r\n\r\n", size
        ),
    ),
    "a boundary of dashes": (
        "multipart/form-data; boundary=" + "-" * 70,
        lambda size: filled(b"\r\n" + b"-" * 71, size),
    ),
}
# What is read of bodies as text, later.
TEXTS = {
    "names of secrets": lambda size: '"' + "token" * (size // 5),
    "names of secrets in a form": lambda size: "&" + "token" * (size // 5),
    "question marks": lambda size: "?" * size,
    "quotes": lambda size: '"' + '\\"' * (size // 2),
    "blanks": lambda size: '"token"' + " " * size,
    "bearers": lambda size: "bearer  " * (size // 8),
}
