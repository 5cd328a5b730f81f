"""The table of symptoms, and Diagnosis: all that they find in a model."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from nn.arguments import one
from nn.diagnosis import data, network, picture, rates
from nn.diagnosis.finding import Finding, short
from nn.diagnosis.measurements import Measurements
from nn.diagnosis.trials import STEPS, STUCK, progress

SYMPTOMS = (  # causes come before what follows from them
    data.refused, data.labels_out_of_range, data.one_class_only, data.unscaled, data.unshuffled, network.squashed_twice,
    network.probabilities_as_logits, network.not_finite, network.dead_relus, network.missing_gradients, network.vanishing,
    network.exploding, network.standing_still, network.constant_output, network.one_class_predicted, rates.rate_too_large,
    rates.rate_too_small,
)  # fmt: skip


class Diagnosis(Sequence[Finding]):
    """The findings about a model: causes come before what follows from them. It is empty if nothing is amiss.

    `print` shows each finding with what to try. `measurements` has the numbers behind them.
    """

    def __init__(self, measurements: Measurements) -> None:
        self.measurements = one("measurements", measurements, "a Measurements", Measurements)
        self.findings = [Finding(symptom.__name__, *found) for symptom in SYMPTOMS for found in symptom(measurements)]

    def __getitem__(self, index: Any) -> Any:
        return self.findings[index]

    def __len__(self) -> int:
        return len(self.findings)

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.findings)) or self._all_is_well()

    __repr__ = __str__

    def _all_is_well(self) -> str:
        m = self.measurements
        what = f"Nothing is amiss. {len(m.x)} examples were looked at; their loss is {short(m.loss)}."
        if not m.trials:
            return what
        losses = m.trials[m.rate]
        what += f" {STEPS} steps on one batch, at the learning rate {m.rate:.2g}, take the loss "
        what += f"from {short(losses[0])} to {short(losses[-1])}."
        way = ""
        if not m.learned and max(map(progress, m.trials.values())) < STUCK:
            what += " That is little, and other rates do no better."
            way = "Try more epochs, for some models are slow to begin. Then try Adam, or more units; perhaps x does not tell y."
        return "\n".join(textwrap.fill(text, 100) for text in (what, way) if text)

    def plot(self, ax: Any = None) -> Any:
        """Draw it with matplotlib, and return the three Axes. ax: three Axes to draw on; by default those of a new figure.

        On the left is the norm of the gradient at the output of each layer, the first layer on top. In the middle is the
        update-to-weight ratio: the norm of a step divided by that of the weights. About 0.001 is usual; the band shows this. On
        the right are the losses of a few steps at the optimizer's learning rate, and at the others that were tried. A layer
        that a finding names has another colour. The names also count dead ReLUs. Raises TypeError for other Axes.

        Examples
        --------
        >>> import numpy as np, nn
        >>> model = nn.Sequential([nn.Dense(8, "tanh"), nn.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> x = np.linspace(-1, 1, 50)[:, None]
        >>> left, middle, right = nn.diagnose(model, x, x).plot()
        >>> [label.get_text() for label in left.get_yticklabels()]
        ['dense', 'dense_1']
        """
        return picture.draw(self, ax)
