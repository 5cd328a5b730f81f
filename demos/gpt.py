"""A small GPT: a network of attention reads the first names of a census, and then writes names of its own.

It has no state: each letter looks at itself and at those before it, in 4 heads of 2 blocks, and takes from each as much as
its softmax says. The picture shows where the heads of the first block look. Each place in a name has its own vector, too.

It is Andrej Karpathy's microgpt with arrays. As the LSTM, it beats counting pairs of letters.
"""

import numpy as np

import nn
from demos.lstm import LETTERS, learn, load, pairs, write
from demos.pictures import pyplot, save

WIDTH, HEADS, BLOCKS = 32, 4, 2


class Block(nn.Layer):
    """Letters look at each other; then each is thought over by itself."""

    def __init__(self):
        super().__init__()
        self.look = nn.MultiHeadAttention(HEADS, WIDTH // HEADS)
        self.think = nn.Sequential([nn.Dense(4 * WIDTH, "relu"), nn.Dense(WIDTH)])
        self.before_look, self.before_think = nn.RMSNormalization(), nn.RMSNormalization()

    def call(self, x):
        calm = self.before_look(x)
        x = x + self.look(calm, calm, use_causal_mask=True)
        return x + self.think(self.before_think(x))

    def attention(self, x):
        """How much each head takes from each letter: (batch, heads, letters, letters)."""
        calm = self.before_look(x)
        return self.look(calm, calm, use_causal_mask=True, return_attention_scores=True)[1]


class GPT(nn.Model):
    def __init__(self, steps):
        super().__init__()
        self.letters, self.places = nn.Embedding(len(LETTERS), WIDTH), nn.PositionEmbedding(steps)
        self.blocks = [Block() for _ in range(BLOCKS)]
        self.last, self.scores = nn.RMSNormalization(), nn.Dense(len(LETTERS))

    def embed(self, ids):
        x = self.letters(ids)
        return x + self.places(x)

    def call(self, ids):
        x = self.embed(ids)
        for block in self.blocks:
            x = block(x)
        return self.scores(self.last(x))


def main():
    nn.set_random_seed(0)
    names, x, y = load()
    model = GPT(x.shape[1])
    history = learn(model, x, y, 0.005)
    written, counted = write(model, 1000, x.shape[1]), pairs(x, y)
    new = np.mean([name not in names for name in written])
    print(f"{model.count_params():,} parameters; written: {', '.join(written[:10])}; {new:.0%} of 1000 are new")
    read = ".katherine"
    heads = model.blocks[0].attention(model.embed(np.array([[LETTERS.index(letter) for letter in read]]))).numpy()[0]
    if (plt := pyplot()) is not None:
        figure, axes = plt.subplot_mosaic("LL12;LL34", figsize=(10, 5.4), layout="constrained")
        nn.plots.history(history, ax=axes["L"]).axhline(counted, color="gray", linestyle=":", label="counting pairs")
        axes["L"].legend()
        for (k, ax), head in zip(sorted(axes.items()), heads):
            ax.imshow(head, cmap="Blues", vmin=0, vmax=1)
            ax.set_xticks(range(len(read)), read), ax.set_yticks(range(len(read)), read)
            ax.set(xlabel="looked at", ylabel="letter read", title=f"head {k}")
        save(figure, "gpt.png")
    return {"last": history.history["val_loss"][-1], "pairs": counted, "new": new, "written": written, "attention": heads}


if __name__ == "__main__":
    main()
