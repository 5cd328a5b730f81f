# The loss of a training grows until it overflows. The user's line is the call of fit.
import numpy as np

import autodiff as ad
import nn

x = np.linspace(0.0, 10.0, 8).reshape(8, 1)
y = 3.0 * x + 1.0
model = nn.Sequential([nn.Dense(1, kernel_initializer="zeros")])
model.compile(nn.optimizers.SGD(learning_rate=1e6), "mse")

with ad.debug():
    model.fit(x, y, epochs=50, verbose=0, shuffle=False)
