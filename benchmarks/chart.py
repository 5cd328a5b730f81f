"""A chart of the races: for each subject its first case, and a bar from the reference to each contender: faster is left."""

from benchmarks.subjects import load

OURS, OTHERS, EDGE = "#1f77b4", "#b8c4ce", "#303030"


def bars(name, results):
    """[(contender, ratio)] of the first case of a subject, the largest last; without those that did not run."""
    subject = load(name).SUBJECT
    found = []
    for who, row in results.items():
        if not isinstance(row, str) and who != subject.reference:
            figures = next(iter(row.values()))
            found.append((who, figures["ratio"]))
    return sorted(found, key=lambda pair: -pair[1])


def draw(races, path):
    """Write the chart of {subject: {contender: {case: figures}}} to a file; its suffix says the format."""
    from matplotlib.figure import Figure

    shown = {name: found for name, results in races.items() if (found := bars(name, results))}
    if not shown:
        raise SystemExit("There is nothing to draw: no race was run.")
    heights = [len(found) + 1 for found in shown.values()]
    figure = Figure(figsize=(8, 0.32 * sum(heights) + 0.7 * len(shown)), layout="constrained")
    axes = figure.subplots(len(shown), 1, squeeze=False, height_ratios=heights)[:, 0]
    for ax, (name, found) in zip(axes, shown.items()):
        subject = load(name).SUBJECT
        case = next(iter(next(row for row in races[name].values() if not isinstance(row, str))))
        names, ratios = zip(*found)
        colours = [OURS if who.startswith("autodiff") else OTHERS for who in names]
        ax.barh(names, [ratio - 1.0 for ratio in ratios], left=1.0, color=colours)
        for height, ratio in enumerate(ratios):
            side = "left" if ratio >= 1.0 else "right"
            ax.annotate(f"{ratio:.3g}", (ratio, height), (3 if ratio >= 1.0 else -3, 0), textcoords="offset points",
                        ha=side, va="center", fontsize=8)  # fmt: skip
        ax.axvline(1.0, color=EDGE, linewidth=1)
        ax.set_xscale("log")
        ax.xaxis.set_major_formatter("{x:g}")
        ax.xaxis.set_minor_formatter("")
        ax.set_title(f"{subject.title}: {case}", loc="left", fontsize=9)
        ax.set_xlabel(f"CPU time, times {subject.reference}", fontsize=8)
        ax.tick_params(labelsize=8)
        ax.spines[["top", "right"]].set_visible(False)
        ax.margins(x=0.2)
    figure.savefig(path)
