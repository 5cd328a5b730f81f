"""Backpropagation is the chain rule: ∂J/∂w2 and ∂J/∂w1 on x → z1 → ŷ → J, factor by factor.

How does a small change in one weight change the loss? From the loss backwards, each step multiplies by one local derivative:
∂J/∂w2 = ∂J/∂ŷ · ∂ŷ/∂w2, and one step further ∂J/∂w1 = ∂J/∂ŷ · ∂ŷ/∂z1 · ∂z1/∂w1. What is known of the later layers is
used again for the earlier ones: that is why one backward sweep yields the gradients by all weights at once.

In the picture every node has its value and its gradient, and every edge its local derivative: multiply along the way.
"""

import autodiff as ad
from demos.pictures import save_graph


def forward(x, w1, w2, target=1.0):
    """z1 = tanh(w1 x), ŷ = w2 z1, J = (ŷ - target)²."""
    z1 = ad.tanh(w1 * x)
    y = w2 * z1
    return z1, y, (y - target) ** 2


def nudged(x, w1, w2, h=1e-6):
    """∂J/∂w1 and ∂J/∂w2 without any calculus: change one weight a little, and see what the loss does."""

    def J(a, b):
        return float(forward(x, a, b)[-1])

    return (J(w1 + h, w2) - J(w1 - h, w2)) / (2 * h), (J(w1, w2 + h) - J(w1, w2 - h)) / (2 * h)


def main():
    x, w1, w2 = 2.0, ad.Value(0.5, name="w1"), ad.Value(-1.5, name="w2")
    with ad.Tape(persistent=True) as tape:
        z1, y, J = forward(x, w1, w2)
    picture = ad.draw(tape, J, names={"w1": w1, "w2": w2, "z1": z1, "ŷ": y, "J": J})

    dJ_dy, dy_dw2, dy_dz1, dz1_dw1 = (
        float(tape.gradient(above, below)) for above, below in ((J, y), (y, w2), (y, z1), (z1, w1))
    )
    dJ_dw1, dJ_dw2 = (float(slope) for slope in tape.gradient(J, [w1, w2]))
    print(f"∂J/∂w2 = ∂J/∂ŷ · ∂ŷ/∂w2          = {dJ_dy:.4f} · {dy_dw2:.4f} = {dJ_dy * dy_dw2:.4f}; the tape: {dJ_dw2:.4f}")
    print(f"∂J/∂w1 = ∂J/∂ŷ · ∂ŷ/∂z1 · ∂z1/∂w1 = {dJ_dy:.4f} · {dy_dz1:.4f} · {dz1_dw1:.4f} = ", end="")
    print(f"{dJ_dy * dy_dz1 * dz1_dw1:.4f}; the tape: {dJ_dw1:.4f}")
    small = nudged(x, 0.5, -1.5)
    print(f"by a small change of w1: {small[0]:.4f}, of w2: {small[1]:.4f}")
    save_graph(picture, "backprop.svg")
    return {
        "w1": dJ_dw1, "w2": dJ_dw2, "nudged": small,
        "chain w1": dJ_dy * dy_dz1 * dz1_dw1, "chain w2": dJ_dy * dy_dw2, "picture": picture.source,
    }  # fmt: skip


if __name__ == "__main__":
    main()
