"""Two engines, one network: a small GPT of single numbers, and the same GPT of arrays, which has the same gradients.

It is A. Karpathy's microgpt: 4,192 numbers read names, letter by letter, and learn which letter follows. Written with Values,
one name is some 70,000 numbers, each with a gradient of its own. Written with arrays, the same name is a graph of
some seventy arrays. The chain rule is the same, and so are the gradients, to the last digits.

The arrays then learn from two thousand names, and the network writes names of its own.
"""

import itertools
import time

import numpy as np

import autodiff as ad
import nn
from demos.lstm import LETTERS, load
from demos.pictures import pyplot, save
from nn.micrograd.engine import Value

WIDTH, HEADS, SIZE, PLACES, STEPS = 16, 4, 4, 16, 2000
OUTPUTS = {"letters": len(LETTERS), "places": PLACES, **dict.fromkeys(("q", "k", "v", "out"), WIDTH), "up": 4 * WIDTH}
SHAPES = {**{name: (n, WIDTH) for name, n in OUTPUTS.items()}, "down": (WIDTH, 4 * WIDTH), "scores": (len(LETTERS), WIDTH)}


def linear(x, w):
    return [sum(a * b for a, b in zip(row, x)) for row in w]


def normalized(x):
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def softmax(x):
    top = max(a.data for a in x)
    parts = [(a - top).exp() for a in x]
    total = sum(parts)
    return [part / total for part in parts]


def attention(q, keys, values):
    """What each head takes from the letters so far, as much of each as its softmax says."""
    found = []
    for h in range(0, WIDTH, SIZE):
        shares = softmax([sum(q[h + j] * k[h + j] for j in range(SIZE)) / SIZE**0.5 for k in keys])
        found += [sum(share * v[h + j] for share, v in zip(shares, values)) for j in range(SIZE)]
    return found


def loss_of_values(w, ids):
    """The mean of -log p of each next letter. Keys and values of the letters that were read are kept."""
    keys, values, losses = [], [], []
    for place, (letter, following) in enumerate(itertools.pairwise(ids)):
        x = normalized([a + b for a, b in zip(w["letters"][letter], w["places"][place])])
        calm = normalized(x)
        keys.append(linear(calm, w["k"]))
        values.append(linear(calm, w["v"]))
        x = [a + b for a, b in zip(x, linear(attention(linear(calm, w["q"]), keys, values), w["out"]))]
        wide = [a.relu() for a in linear(normalized(x), w["up"])]
        x = [a + b for a, b in zip(x, linear(wide, w["down"]))]
        losses.append(-softmax(linear(x, w["scores"]))[following].log())
    return sum(losses) / len(losses)


def calmed(x):
    return x * (np.mean(x * x, axis=-1, keepdims=True) + 1e-5) ** -0.5


def logits(w, ids):
    """All letters at once; the heads are arrays (heads, letters, size), and a mask hides what comes later."""
    n = len(ids)
    x = calmed(w["letters"][ids] + w["places"][:n])
    calm = calmed(x)
    q, k, v = (np.transpose(np.reshape(calm @ w[name].T, (n, HEADS, SIZE)), (1, 0, 2)) for name in "qkv")
    shares = ad.softmax(np.where(np.tri(n, dtype=bool), q @ np.transpose(k, (0, 2, 1)) / SIZE**0.5, -np.inf))
    x = x + np.reshape(np.transpose(shares @ v, (1, 0, 2)), (n, WIDTH)) @ w["out"].T
    x = x + ad.relu(calmed(x) @ w["up"].T) @ w["down"].T
    return x @ w["scores"].T


def loss_of_arrays(w, ids):
    return -np.mean(ad.log_softmax(logits(w, ids[:-1]))[np.arange(len(ids) - 1), ids[1:]])


def nodes_of(loss):
    """How many Values a loss was computed from."""
    seen, waiting = {loss}, [loss]
    while waiting:
        new = set(waiting.pop()._children) - seen
        seen |= new
        waiting += new
    return len(seen)


def compare(w, ids):
    """The gradients of both, the numbers of their nodes, and the seconds that each took."""
    numbers = {name: [[Value(x) for x in row] for row in array.numpy().tolist()] for name, array in w.items()}
    times = [time.perf_counter()]
    loss = loss_of_values(numbers, ids)
    loss.backward()
    times.append(time.perf_counter())
    with ad.Tape(persistent=True) as tape:
        total = loss_of_arrays(w, ids)
    by_arrays = np.concatenate([g.numpy().ravel() for g in tape.gradient(total, list(w.values()))])
    times.append(time.perf_counter())
    by_values = np.array([p.grad for rows in numbers.values() for row in rows for p in row])
    assert np.abs(by_values - by_arrays).max() < 1e-12 and abs(loss.data - total.item()) < 1e-12
    counts = nodes_of(loss), len(w) + sum(step.phase == "forward" for step in tape.steps(total))
    return by_values, by_arrays, counts, np.diff(times)


def write(w, rng):
    """A name: each next letter is drawn by its probability."""
    ids = [0]
    while len(ids) < PLACES and (len(ids) == 1 or ids[-1]):
        ids.append(rng.choice(len(LETTERS), p=ad.softmax(logits(w, ids).numpy()[-1])))
    return "".join(LETTERS[k] for k in ids).strip(".")


def main():
    rng = np.random.default_rng(0)
    w = {name: ad.Variable(rng.normal(0, 0.08, shape), name=name) for name, shape in SHAPES.items()}
    words = [[0, *map(LETTERS.index, name), 0] for name in load()[0]]
    by_values, by_arrays, counts, seconds = compare(w, words[0])
    apart = np.abs(by_values - by_arrays).max()
    for kind, count, took in zip(("Values", "arrays"), counts, seconds):
        print(f"one name: {count:6,} nodes of {kind}, {took * 1e3:.1f} ms")
    optimizer, losses = nn.optimizers.Adam(0.01, 0.85, 0.99), []
    for ids in words[:STEPS]:
        with ad.Tape() as tape:
            loss = loss_of_arrays(w, ids)
        optimizer.apply_gradients(zip(tape.gradient(loss, list(w.values())), w.values()))
        losses.append(loss.item())
    written = [write(w, rng) for _ in range(20)]
    print(f"{len(by_values):,} gradients at most {apart:.0e} apart; {STEPS} names later: {', '.join(written)}")
    if (plt := pyplot()) is not None:
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9), layout="constrained")
        left.plot(by_arrays, by_values, ".", markersize=3)
        left.set(xlabel="gradients by arrays", ylabel="gradients by Values", title=f"{counts[0]:,} nodes and {counts[1]}")
        right.plot(np.convolve(losses, np.ones(200) / 200, "valid"))
        right.set(xlabel="names read", ylabel="loss, mean of 200", title="the arrays learn")
        save(figure, "names.png")
    return {"apart": apart, "nodes": counts, "losses": losses, "written": written}


if __name__ == "__main__":
    main()
