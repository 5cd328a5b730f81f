"""Long texts cut short, and texts that no picture can hold."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

LONGEST = 30  # characters of a name in a picture; tooltips have it whole
FAR_TOO_LONG = 2_000
ELEMENT = re.compile(r"([\w.()]+\[)[^]['\"]*\]")
SIGN = re.compile(r" ([-+*/@%^×÷−]|\*\*) ")
NUMBER = re.compile(r" \(\d+\)")  # of `x (2)`
TURN = re.compile(r"[\w.)\]] at \w+( [\w.]+)?")  # of `h at step 2`
LEADING = re.compile(r"^[=→]?$|\bby$")  # what never ends a line
CALL = re.compile(r"((?:[^()]* = )?[\w.…]+\()(.*)(\)[^()]*)", re.S)
BREAKS = " /._,-"  # a text is rather cut at one of these
NEAR = 6  # if there is one so near
ROOM = 12  # characters in which a first argument can be told
SHORT = 8  # a second line of fewer characters is none
DEEP, AFTER = 3, 20  # so many characters a line may be longer, not to be broken in one more bracket, or behind a sign or `at`


class Style(NamedTuple):
    """How texts are written: with the signs of print, × and ÷, instead of Python's; and of how many characters at most."""

    printed: bool
    longest: int = LONGEST
    line: int = 0  # one that is longer is broken in two; 0 for none
    turns: bool = True  # whether names say of which turn of a loop they are, and which elements
    unlike: tuple[tuple[object, str], ...] = ()  # numbers in the formula of several nodes that differ, and what is said of them


PRINT, PYTHON = Style(True), Style(False)
NARROW = Style(True, LONGEST, 24)  # in two lines, where a page has no room
FULLER = (Style(True, 76, 42), Style(True, 60, 30), Style(True, 45, 24))  # where it has


def clipped(text: str, longest: int = LONGEST) -> str:
    """Long text without its middle; a call without its last arguments, an element without its indices, a formula or a list
    without its end.

    >>> clipped("tensordot(x, kernel, axes=([3, 4, 5], [0, 1, 2]))"), clipped("encoder/block_12/attention/query/kernel")
    ('tensordot(x, kernel, …)', 'encoder/block_…/query/kernel')
    >>> clipped("where(ones_like(real_logits) > 0.5, -1, 1)")
    'where(ones_like(…) > 0.5, …)'
    >>> clipped("smoothed(ones_like(real_logits))"), clipped("log(softmax(queries @ keys.T / 8.0))")
    ('smoothed(ones_like(…))', 'log(softmax(queries @ …))')
    >>> clipped("centers[None, :, :]", 16), clipped("softmax(logits) * log_softmax(logits)", 30)
    ('centers[…]', 'softmax(logits) * …')
    >>> clipped("stop_gradient(teacher(x)) / T", 21), clipped("stop_gradient(teacher(x)) / T", 18)
    ('stop_gradient(…) / T', 'stop_gradient(…) …')
    """
    if len(text) <= longest:
        return text
    call = CALL.fullmatch(text)
    if call is not None and balanced(call[2]) and len(call[1]) + len(call[3]) + 2 < longest:
        room = longest - len(call[1]) - len(call[3]) - 1
        ends = [mark.end() for mark in re.finditer(r", ", call[2]) if balanced(call[2][: mark.end()])]
        whole = [end for end in ends if end <= room]
        more = ", …" if ends else ""
        first = clipped(call[2][: ends[0] - 2] if ends else call[2], room - len(more) + 1) if not whole and room >= ROOM else ""
        if any(f"{mark}…" in first for mark in "([ "):  # and not a part of a word
            return f"{call[1]}{first}{more}{call[3]}"
        return f"{call[1]}{call[2][: whole[-1]] if whole else ''}…{call[3]}"
    if (element := ELEMENT.fullmatch(text)) is not None and len(element[1]) + 2 <= longest:
        return f"{element[1]}…]"
    if SIGN.search(text) is not None or (", " in text and ": " not in text and " at " not in text):
        ends = [mark.end() for mark in re.finditer(r" ", text) if mark.end() < longest and balanced(text[: mark.end()])]
        if ends and ends[-1] > longest // 3:
            return text[: ends[-1]].removesuffix("… ") + "…"
        stop = next((mark.start() for mark in re.finditer(r" ", text) if balanced(text[: mark.start()])), 0)
        begun = None if ends else CALL.fullmatch(text[:stop])
        for rest in (text[stop:], " …") if begun is not None else ():
            if begun is not None and len(f"{begun[1]}…)") + len(rest) <= longest:
                return clipped(text[:stop], longest - len(rest)) + rest
    return without_middle(text, longest)


def in_lines(text: str, style: Style, before: int = 0) -> str:
    """A text that is longer than one line, in two of about the same length if the style has two, the first of them behind so
    many characters. It is rather broken between the parts of a formula than within one.

    >>> print(in_lines("mean((tanh(x @ w1 + b1) @ w2 + b2 - targets) ** 2)", FULLER[0]))
    mean((tanh(x @ w1 + b1) @ w2
    + b2 - targets) ** 2)
    """
    if not style.line or before + len(text) <= style.line:
        return text
    breaks: list[tuple[int, int]] = []
    within = {k for name in TURN.finditer(text) for k in range(*name.span())}
    depth = 0
    for k, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if len(text) - k < SHORT:
            break
        if c == " " and NUMBER.match(text, k) is None and not LEADING.search(text[:k]):
            after_sign = text[k - 1] in "-+*/@%^×÷−"
            unlike = DEEP * depth + AFTER * (after_sign or k in within)
            breaks.append((max(before + k, len(text) - k) + unlike, k))
    if not breaks:
        return clipped(text, LONGEST + SHORT)
    _, at = min(breaks)
    return f"{text[:at].rstrip()}\n{text[at:].lstrip()}"


def without_middle(text: str, longest: int) -> str:
    """A text without its middle, cut near the ends of words; without its end, where that would begin within a word. What is
    left out has its brackets in pairs, if the text has."""
    half = (longest - 1) // 2
    head, tail = text[: longest - 1 - half], text[-half:]
    ends = [k for k in range(len(head) - NEAR, len(head)) if head[k] in BREAKS]
    starts = [k for k in range(min(NEAR, len(tail))) if tail[k] in BREAKS]
    stop, start = ends[-1] + 1 if ends else len(head), len(text) - half + (starts[0] if starts else 0)
    words = [k for k in range(longest // 3, longest) if text[k - 1] in BREAKS] if tail.isalpha() else []
    if words:
        stop, start = words[-1], len(text)
    if not balanced(text[stop:start]) and balanced(text):
        stop, start = longest_ends(text, longest)
    return f"{text[:stop]}…{text[start:]}"


def longest_ends(text: str, longest: int) -> tuple[int, int]:
    """Where to cut the middle out of a text whose brackets are in pairs, so that they are in what is left: two places at
    which the same brackets are open."""
    opened: list[int] = []
    around: list[int] = []  # the innermost bracket that is open before each character
    places: dict[int, list[int]] = {}  # by such a bracket
    for k, c in enumerate(f"{text} "):
        around.append(opened[-1] if opened else -1)
        places.setdefault(around[k], []).append(k)
        if c in "([{":
            opened.append(k)
        elif c in ")]}":
            opened.pop()
    found: list[tuple[int, int, int]] = []
    for stop in range(longest):
        same = places[around[stop]]
        first = bisect_left(same, max(stop + 1, len(text) - (longest - 1 - stop)))
        for start in same[first : first + NEAR]:
            words = (stop == 0 or text[stop - 1] in BREAKS + "([{") + (text[start : start + 1] in BREAKS + "[)]}")
            found.append((stop - start + NEAR * words, stop, start))
    return max(found)[1:]


def balanced(text: str) -> bool:
    """Whether every bracket that it opens is closed, and no other."""
    depth = 0
    for c in text:
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return False
    return depth == 0


def printable(text: str) -> str:
    """Control characters and lone surrogates, which no picture can hold, as a replacement mark; newlines stay. Graphviz reads
    no text of more than 16,384 bytes, so a text that is far too long to be read loses its middle."""
    text = clipped(text, FAR_TOO_LONG)
    return "".join(c if c == "\n" or (c.isprintable() and not 0xD800 <= ord(c) < 0xE000) else "\ufffd" for c in text)
