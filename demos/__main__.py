"""`python -m demos` lists the demos and runs the main one; `python -m demos NAME ...` runs others, and `all` all."""

import difflib
import importlib
import sys

from demos import TOPICS, gallery


def describe(name):
    """The first line of a demo's docstring."""
    return importlib.import_module(f"demos.{name}").__doc__.splitlines()[0]


def topic(name):
    """What that line says before its colon."""
    return describe(name).partition(":")[0].rstrip(".")


def run(names):
    for name in names:
        print(f"\n== {name}: {describe(name)}")
        importlib.import_module(f"demos.{name}").main()


def main(names):
    unknown = [name for name in names if name not in (*TOPICS, "all")]
    if unknown:
        near = difflib.get_close_matches(unknown[0], TOPICS, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`python -m demos` lists them."
        sys.exit(f"There is no demo {unknown[0]!r}; {hint}")
    if not names:
        print("Programs for MIT 6.S191, lecture 1, in its order; run one by name, or all:\n")
        width = max(map(len, TOPICS))
        print("\n".join(f"  python -m demos {name:{width}}  {topic(name)}" for name in TOPICS))
    run(TOPICS if "all" in names else names or ["digits"])
    if "all" in names:
        print(f"\nThe gallery: {gallery.write(TOPICS).resolve()}")


if __name__ == "__main__":
    main(sys.argv[1:])
