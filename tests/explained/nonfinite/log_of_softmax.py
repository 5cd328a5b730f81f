# huggingface/candle#2561, tensorflow/tensorflow#31930: the logarithm of a softmax, in two steps.
import numpy as np

import autodiff as ad

logits = ad.Variable([[10.0, 2.0, -1.0], [900.0, 0.0, 3.0]], name="logits")
labels = np.array([0, 1])

with ad.debug(), ad.Tape() as tape:
    log_p = np.log(ad.softmax(logits))
    loss = -np.mean(log_p[np.arange(2), labels])
print(tape.gradient(loss, logits))
