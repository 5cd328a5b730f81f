"""A process that times one contender of a subject beside the reference.

Every line that it prints is JSON, the figures of one case. The results of both are compared before anything is timed.
"""

import json
import os
import random
import sys
import time
import warnings

import numpy as np

from benchmarks.subjects import load
from benchmarks.timing import race

QUICK = 2  # rounds


def numbers(result):
    """The numbers of a result: of an array of any library, of a Value, or of a list of such."""
    if isinstance(result, (list, tuple)):
        return [x for part in result for x in numbers(part)]
    if type(result).__module__.startswith("micrograd"):
        return [float(result.data)]
    return np.asarray(result, float).ravel().tolist()


def check(subject, case, steps, contender):
    """Raises AssertionError unless the contender's results are those expected."""
    expected = [subject.expected(case)] if subject.expected else [steps() for _ in range(subject.checks)]
    found = [contender() for _ in expected]
    for right, mine in zip(map(numbers, expected), map(numbers, found)):
        size = min(len(right), len(mine))  # floats, without gradients, know the loss alone
        np.testing.assert_allclose(mine[:size], right[:size], rtol=subject.rtol, atol=subject.atol)


def measure(subject, contender, case, rounds):
    """{what: figure} of one case."""
    reference = subject.contenders[subject.reference].build
    reference(case)()  # what is loaded at first use is loaded
    start = time.perf_counter()
    step = contender.build(case)
    step()
    built = time.perf_counter() - start
    check(subject, case, reference(case), contender.build(case))
    times = race(reference(case), step, rounds, 0.02 if rounds > QUICK else 0.0)
    per = subject.operations(case) if subject.operations else 1
    return {"built": built, "operations": per, **times._asdict()}


def one_core():
    """Keep this process, where the system can, on one core: JAX makes a thread for each core that it sees."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {random.choice(sorted(os.sched_getaffinity(0)))})


def one_thread():
    """torch and TensorFlow are told here that they have one thread; the environment tells the others."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    if "tensorflow" in sys.modules:
        threading = sys.modules["tensorflow"].config.threading
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(1)


def child(name, who, quick=""):
    """Print the figures of each case."""
    one_core()
    warnings.simplefilter("ignore")
    subject = load(name).SUBJECT
    contender = subject.contenders[who]
    for need in contender.needs:
        if not need.startswith("ad."):
            __import__(need)
    one_thread()
    sys.setrecursionlimit(100_000)  # micrograd's backward recurs
    for label, case in (subject.quick if quick else subject.cases).items():
        figures = measure(subject, contender, case, QUICK if quick else subject.rounds)
        print(json.dumps({"case": label, **figures}), flush=True)
