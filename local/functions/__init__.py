"""What AWS does around the functions: events, invocations, schedules."""
