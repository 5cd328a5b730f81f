"""A GPT on scalars, as people write it: a dict of matrices that are lists of lists of Values, and functions of lists."""

import math
import random

import autodiff as ad

VOCABULARY, WIDTH, HEADS, LENGTH = 5, 4, 2, 3


def matrix(rows, columns):
    return [[ad.Value(random.gauss(0.0, 0.3)) for _ in range(columns)] for _ in range(rows)]


random.seed(1)
weights = {"wte": matrix(VOCABULARY, WIDTH), "wpe": matrix(LENGTH, WIDTH), "lm_head": matrix(VOCABULARY, WIDTH)}
for name in ("attn_wq", "attn_wk", "attn_wv", "attn_wo"):
    weights[f"layer0.{name}"] = matrix(WIDTH, WIDTH)
weights["layer0.mlp_fc1"], weights["layer0.mlp_fc2"] = matrix(2 * WIDTH, WIDTH), matrix(WIDTH, 2 * WIDTH)
params = [p for rows in weights.values() for row in rows for p in row]


def linear(x, w):
    return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]


def softmax(logits):
    highest = max(logit.item() for logit in logits)
    exps = [ad.exp(logit - highest) for logit in logits]
    total = sum(exps)
    return [e / total for e in exps]


def rmsnorm(x):
    ms = sum(xi * xi for xi in x) / len(x)
    scale = (ms + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def attention(x, keys, values):
    q, k, v = (linear(x, weights[f"layer0.attn_{name}"]) for name in ("wq", "wk", "wv"))
    keys.append(k)
    values.append(v)
    size, heads = WIDTH // HEADS, []
    for head in range(HEADS):
        part = slice(head * size, (head + 1) * size)
        scores = [sum(a * b for a, b in zip(q[part], key[part], strict=True)) / math.sqrt(size) for key in keys]
        shares = softmax(scores)
        heads += [sum(shares[t] * values[t][part][j] for t in range(len(values))) for j in range(size)]
    return linear(heads, weights["layer0.attn_wo"])


def gpt(token, position, keys, values):
    x = [t + p for t, p in zip(weights["wte"][token], weights["wpe"][position], strict=True)]
    x = rmsnorm(x)
    x = [a + b for a, b in zip(x, attention(x, keys, values), strict=True)]
    for _ in range(1):
        hidden = [ad.relu(h) for h in linear(rmsnorm(x), weights["layer0.mlp_fc1"])]
        out = linear(hidden, weights["layer0.mlp_fc2"])
        x = [a + b for a, b in zip(x, out, strict=True)]
    logits = linear(x, weights["lm_head"])
    return logits


def loss_of(tokens):
    keys, values, losses = [], [], []
    for pos in range(len(tokens) - 1):
        logits = gpt(tokens[pos], pos, keys, values)
        probs = softmax(logits)
        losses.append(-ad.log(probs[tokens[pos + 1]]))
    return sum(losses) / len(losses)
