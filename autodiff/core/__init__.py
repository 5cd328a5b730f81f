"""The ground floor: what an operation is, and the log that remembers the operations that happened."""
