"""Tables of what was measured, as Markdown."""


def duration(seconds):
    """A time in its natural unit.

    >>> duration(3.1e-8), duration(0.0123), duration(0.2)
    ('31 ns', '12.3 ms', '0.20 s')
    """
    for unit, scale, below in (("ns", 1e9, 1e-6), ("us", 1e6, 1e-3), ("ms", 1e3, 0.1)):
        if seconds < below:
            figure = seconds * scale
            return f"{figure:.3g} {unit}" if figure < 100 else f"{figure:.0f} {unit}"
    return f"{seconds:.2f} s"


def brief_cell(subject, row):
    """The ratio alone."""
    return f"{1 / row['ratio'] if subject.inverse else row['ratio']:.2f}"


def cell(subject, row):
    """One contender at one case: its time, its ratio to the reference with the quartiles, and that by the clock."""
    per = duration(row["cpu"] / row["operations"]) + ("/op" if row["operations"] > 1 else "")
    low, ratio, high, wall = row["low"], row["ratio"], row["high"], row["wall_ratio"]
    if subject.inverse:
        low, ratio, high, wall = 1 / high, 1 / ratio, 1 / low, 1 / wall
    return f"{per}: {ratio:.2f} [{low:.2f}-{high:.2f}], wall {wall:.2f}"


def table(head, rows):
    """A Markdown table."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(part.ljust(width) for part, width in zip(line, widths)) + " |" for line in lines)


def first_calls(results):
    """How long each contender took to build, its first call with it, at the first size."""
    first = {who: next(iter(row.values()))["built"] for who, row in results.items() if not isinstance(row, str)}
    return (
        "- The first call, with what is traced or compiled: " + ", ".join(f"{w} {duration(t)}" for w, t in first.items()) + "."
    )


def race_table(subject, results, brief=False):
    """The table of a subject; `results` is {contender: {case: figures} or a text that says why there are none}.

    A brief one has the ratios alone.
    """
    show = brief_cell if brief else cell
    ran = {who: row for who, row in results.items() if not isinstance(row, str)}
    cases = list(dict.fromkeys(case for row in ran.values() for case in row))
    rows = [[who, *(show(subject, row[case]) if case in row else "" for case in cases)] for who, row in ran.items()]
    notes = [f"- {who}: {why}" for who, why in results.items() if isinstance(why, str)]
    if ran and not brief:
        notes.insert(0, first_calls(ran))
    of = f"times that {subject.reference} takes, of this one's" if subject.inverse else f"ratio to {subject.reference}"
    spread = "" if brief else "; in brackets the quartiles of the rounds"
    parts = [
        f"## {subject.title}",
        f"CPU time; {of}{spread}.",
        table(["", *cases], rows),
        *(["\n".join(notes)] if notes else []),
    ]
    return "\n\n".join(parts) + "\n"
