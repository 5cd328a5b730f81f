"""What an operation is, the graph of the operations that happened, and the one way into it. It imports numpy only."""
