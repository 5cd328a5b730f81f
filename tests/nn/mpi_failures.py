"""A program for mpiexec, in which one process ends before the others: by the way that its argument names."""

import os
import signal
import sys

import numpy as np

import nn

x = np.linspace(-1, 1, 64)[:, None]


def end(epoch, logs):
    if epoch == 1 and nn.distributed.rank() == 1:
        if sys.argv[1] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if sys.argv[1] == "exit":
            sys.exit(0)  # which is no error, but the others wait
        raise ZeroDivisionError("something went wrong in process 1")


def main():
    model = nn.MLP([4, 1])
    model.compile(nn.distributed.DistributedOptimizer("sgd"), "mse")
    model.fit(x, x, epochs=10**6, verbose=0, callbacks=[nn.callbacks.LambdaCallback(on_epoch_end=end)])


if __name__ == "__main__":  # pytest imports every module, for its doctests
    main()
