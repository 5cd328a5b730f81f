"""A small GPT of single numbers, of microgpt's shape: 4,192 parameters at width 16. `Value` is any engine's."""

import itertools
import random

HEADS, PLACES, LETTERS = 4, 16, 27


class GPT:
    def __init__(self, Value, width, seed=42):
        rng = random.Random(seed)
        matrix = lambda rows, columns: [[Value(rng.gauss(0, 0.08)) for _ in range(columns)] for _ in range(rows)]
        self.width = width
        self.state = {"letters": matrix(LETTERS, width), "places": matrix(PLACES, width), "head": matrix(LETTERS, width)}
        for name in ("q", "k", "v", "o"):
            self.state[name] = matrix(width, width)
        self.state |= {"up": matrix(4 * width, width), "down": matrix(width, 4 * width)}
        self.parameters = [p for rows in self.state.values() for row in rows for p in row]
        self.means, self.squares = [0.0] * len(self.parameters), [0.0] * len(self.parameters)

    def logits(self, letter, place, keys, values):
        w = self.state
        x = normalized([a + b for a, b in zip(w["letters"][letter], w["places"][place])])
        calm, before = normalized(x), x
        q = linear(calm, w["q"])
        keys.append(linear(calm, w["k"]))
        values.append(linear(calm, w["v"]))
        found, size = [], self.width // HEADS
        for h in range(0, self.width, size):
            scores = [sum(q[h + j] * key[h + j] for j in range(size)) / size**0.5 for key in keys]
            shares = softmax(scores)
            found += [sum(s * value[h + j] for s, value in zip(shares, values)) for j in range(size)]
        x = [a + b for a, b in zip(linear(found, w["o"]), before)]
        wide = [z.relu() for z in linear(normalized(x), w["up"])]
        return linear([a + b for a, b in zip(linear(wide, w["down"]), x)], w["head"])

    def loss(self, word):
        keys, values, losses = [], [], []
        for place, (letter, following) in enumerate(itertools.pairwise([0, *word, 0])):
            losses.append(-softmax(self.logits(letter, place, keys, values))[following].log())
        return (1 / len(losses)) * sum(losses)

    def step(self, t, loss, steps):
        """Adam, as microgpt writes it."""
        rate = 0.01 * (1 - t / steps)
        for k, p in enumerate(self.parameters):
            self.means[k] = 0.85 * self.means[k] + 0.15 * p.grad
            self.squares[k] = 0.99 * self.squares[k] + 0.01 * p.grad**2
            p.data -= rate * (self.means[k] / (1 - 0.85 ** (t + 1))) / ((self.squares[k] / (1 - 0.99 ** (t + 1))) ** 0.5 + 1e-8)
            p.grad = 0

    def write(self, rng, most=PLACES):
        """A word of its own, letter by letter."""
        keys, values, letters = [], [], [0]
        for place in range(most):
            shares = softmax(self.logits(letters[-1], place, keys, values))
            letters += rng.choices(range(LETTERS), weights=[s.data for s in shares])
            if not letters[-1]:
                break
        return letters[1:]


def linear(x, w):
    return [sum(a * b for a, b in zip(row, x)) for row in w]


def softmax(scores):
    top = max(score.data for score in scores)
    parts = [(score - top).exp() for score in scores]
    total = sum(parts)
    return [part / total for part in parts]


def normalized(x):
    scale = (sum(a * a for a in x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


def losses(Value, width, words):
    """The loss at each step of training, one word a step."""
    model = GPT(Value, width)
    found = []
    for t, word in enumerate(words):
        loss = model.loss(word)
        loss.backward()
        model.step(t, loss, len(words))
        found.append(loss.data)
    return found
