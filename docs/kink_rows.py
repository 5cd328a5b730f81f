"""The rows of docs/kinks.md, as they are written there."""

import re
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).resolve().parent / "kinks.md"
PATTERN = re.compile(
    r"\| `(?P<function>[^`]+)` \| (?P<at>[^|]+) \| (?P<value>[^|]+) \| (?P<gradient>[^|]+) \| (?P<why>(?:[^|\\]|\\.)*)\|"
)
OPERATORS = {r"^abs\(": "np.absolute", r"^x\*\*": "np.power", r"^\w / \w$": "np.divide"}


class Row(NamedTuple):
    function: str
    at: str
    value: str
    gradient: str
    why: str
    order: int

    @property
    def operation(self):
        """The first operation that the function names: `np.sqrt` of `np.sqrt(x * x)`, "" if it names none."""
        for pattern, name in OPERATORS.items():
            if re.match(pattern, self.function):
                return name
        found = re.match(r"((?:np|ad|nn)(?:\.\w+)+)\(", self.function)
        return found[1] if found else ""

    @property
    def alone(self):
        """Whether the function is one call of one operation."""
        return not re.search(r"\w\(.*\w\(|\)\s*[*/@\[]", self.function)


def rows():
    """Every row of the page."""
    order = 1
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        order = 2 if line == "## Second derivatives" else order
        if found := PATTERN.match(line):
            yield Row(*(cell.strip() for cell in found.groups()), order)
