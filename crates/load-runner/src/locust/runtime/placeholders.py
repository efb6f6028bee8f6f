MISSING = object()


def pointer(document, place):
    """The value at a JSON pointer (RFC 6901), or MISSING."""
    for step in place.split("/")[1:]:
        step = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return MISSING
    return document


def as_text(value):
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def for_path(text):
    """All but unreserved characters percent-encoded (RFC 3986, section 2.3)."""
    return urllib.parse.quote(text, safe="", errors="replace")


def for_header(text):
    """Control characters as blanks: a line break would end the header."""
    return "".join(" " if ord(c) < 32 or ord(c) == 127 else c for c in text)


LETTERS = "abcdefghijklmnopqrstuvwxyz      "


class Context:
    """The values drawn for one request. The same placeholder is the same value throughout it."""

    __slots__ = ("rng", "number", "drawn", "items")

    def __init__(self, rng, number=0):
        self.rng, self.number = rng, number
        self.drawn, self.items = {}, {}

    def value(self, index):
        if index not in self.drawn:
            self.drawn[index] = self.draw(*PLAN["draws"][index])
        return self.drawn[index]

    def draw(self, kind, *rest):
        rng = self.rng
        if kind == "int":
            return rng.randint(*rest)
        if kind == "repeat":
            share, among = rest
            return rng.randint(1, among) if rng.random() * 10000 < share else among + 1 + self.number
        if kind == "uuid":
            return str(uuid.UUID(int=rng.getrandbits(128), version=4))
        if kind == "text":
            return "".join(rng.choices(LETTERS, k=rest[0]))
        if kind == "choice":
            return rng.choice(rest[0])
        if kind == "arrival":
            return self.number
        if kind == "captured":
            values = WORKER.captured.get(rest[0])
            return values[rng.randrange(len(values))] if values else ""
        if kind == "data":
            name, place = rest
            if name not in self.items:
                self.items[name] = rng.choice(WORKER.data[name])
            found = pointer(self.items[name], place)
            return "" if found is MISSING else found
        raise ValueError(kind)

    def pieces(self, pieces, written=str):
        return "".join(
            piece if isinstance(piece, str)
            else written(as_text(self.value(piece)) if isinstance(piece, int) else variable(piece["env"]))
            for piece in pieces
        )

    def text(self, template, written=str):
        """A template with its values, each written for its place; what stands in the scenario is written for it already."""
        return template if isinstance(template, str) else self.pieces(template["$"], written)

    def headers(self, pairs):
        """Headers by name, as the characters that stand for their bytes in UTF-8: http.client and geventhttpclient send Latin-1."""
        return {
            name: self.text(value, for_header).encode("utf-8", "replace").decode("latin-1") for name, value in pairs
        }

    def fill(self, template):
        """JSON with its placeholders filled; a string that is nothing but one becomes the value, whatever its type."""
        if isinstance(template, list):
            return [self.fill(item) for item in template]
        if not isinstance(template, dict):
            return template
        if "$" in template:
            pieces = template["$"]
            return self.value(pieces[0]) if len(pieces) == 1 and isinstance(pieces[0], int) else self.pieces(pieces)
        return {key: self.fill(item) for key, item in template.get("$map", template).items()}

    def holds(self, check, status, document):
        kind, *rest = check["demand"]
        if kind == "status":
            return accepted(status, [rest[0]])
        found = MISSING if document is None else pointer(document, rest[0])
        if kind == "exists":
            return found is not MISSING and found is not None
        if found is MISSING:
            return False
        if kind == "equals":
            expected = self.fill(rest[1])
            return found == expected and isinstance(found, bool) == isinstance(expected, bool)
        if kind == "matches":
            return re.search(rest[1], as_text(found)) is not None
        if kind == "within":
            number = isinstance(found, (int, float)) and not isinstance(found, bool)
            return number and (rest[1] is None or found >= rest[1]) and (rest[2] is None or found <= rest[2])
        raise ValueError(kind)
