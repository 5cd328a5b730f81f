"""What needs minutes to show: memory that grows, steps that become slower, threads that disturb one another.

    python -m tests.soak                              100,000 steps of each kind: memory and time are flat
    python -m tests.soak --minutes 10 --threads 8     threads that share Variables: the bits are those of one thread
"""
