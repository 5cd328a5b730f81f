"""How fast autodiff is, and its peers beside it: `python benchmarks` in a clone prints the tables. See README.md here."""
