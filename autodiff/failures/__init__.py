"""What an error says about the program: the user's line, the operands, and what to try. It imports nothing of the engine."""
