"""`python -m demos` runs the main job."""

from demos.digits import main

main()
