"""For every test."""

collect_ignore = ["course_code"]  # programs that tests run, not tests
