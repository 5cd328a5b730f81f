"""Mutation testing: it makes one small fault in the engine at a time, and looks whether a test fails.

    python -m tests.mutation                             every mutant of the rules, the walks and the core; hours
    python -m tests.mutation --sample 600 --seed 7       some of them, drawn at random
    python -m tests.mutation autodiff/tape/backward.py   those of one file, or of autodiff/tape/backward.py:120

A mutant that no test notices is printed: it is a missing test, a line without use, or a change without effect. The first run
measures with `coverage` which tests reach which line; `--reach FILE` keeps that for the next runs.
"""
