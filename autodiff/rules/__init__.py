"""The rules: one place per op, forward beside derivative, rooms by subject."""
