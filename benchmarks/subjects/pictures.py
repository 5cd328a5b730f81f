"""The CPU time of pictures of a large graph: the loss of a document by the GPT of the subject `microgpt`, on Values."""

import tempfile
import time
from pathlib import Path

from benchmarks.report import table
from benchmarks.subjects.microgpt import Floats, document_of, functions_of, loss_of, parameters

CASE, QUICK = (16, 8), (4, 2)  # the width, and the letters of the document
ROUNDS = 3


def pictures(case):
    """{what: (its number of nodes, its number of boxes, what makes it)}."""
    import autodiff as ad
    from nn.micrograd.engine import Value

    width, letters = case
    document, plain, taped = document_of(letters), functions_of(Value, Floats.dot), functions_of(ad.Value, Floats.dot)
    weights, p = parameters(Value, width), parameters(ad.Value, width)
    loss = loss_of(weights, document, plain)
    loss.backward()
    with ad.Tape(lines=True, persistent=True) as tape:
        recorded = loss_of(p, document, taped)

    def function(p):
        return loss_of(p, document, taped)

    made = {
        "draw, after backward()": lambda: ad.draw(loss, names=weights),
        "draw, a tape with lines": lambda: ad.draw(tape, recorded, names=p),
        "draw, the function, which is run for it": lambda: ad.draw(function, p),
        "play, after backward()": lambda: ad.play(loss, names=weights),
    }
    sketches = {what: make().sketch for what, make in made.items()}
    return {what: (len(found.graph.nodes), len(found.blocks), made[what]) for what, found in sketches.items()}


def cpu(make, rounds):
    """The least CPU time in seconds until a picture, or a player, is a file."""
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            start = time.process_time()
            made = make()
            made.save(Path(folder) / ("picture.html" if hasattr(made, "html") else "picture.svg"))
            times.append(time.process_time() - start)
    return min(times)


def print_tables(*quick):
    rows = [
        [what, f"{nodes:,}", str(boxes), f"{cpu(make, 1 if quick else ROUNDS):.2f} s"]
        for what, (nodes, boxes, make) in pictures(QUICK if quick else CASE).items()
    ]
    print("## Pictures of a GPT of Values\n")
    print(table(["", "nodes", "boxes", "CPU time"], rows), end="\n\n", flush=True)
