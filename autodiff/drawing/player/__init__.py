"""What the player's page shows: the views of a graph, their boxes, arrows and steps, where everything stands, and the page."""
