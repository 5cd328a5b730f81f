"""Processes of their own for what is measured."""

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "JAX_PLATFORMS": "cpu",
    "KERAS_BACKEND": "tensorflow",
}


def run(module, *arguments):
    """What `benchmarks.<module>.child(*arguments)` prints and how it ends, in a new process with one thread."""
    command = [sys.executable, str(HERE), "--child", module, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ONE_THREAD})


def reason(done):
    """What a failed process had to say: the line that names its exception, or the last one."""
    lines = done.stderr.strip().splitlines() or [f"it ended with exit status {done.returncode}"]
    return next((line for line in reversed(lines) if re.match(r"[\w.]+(Error|Exception|Interrupt): ", line)), lines[-1])[:200]
