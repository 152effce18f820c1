"""What the README prints, done as it is printed, in a folder that is as a clone after `make run`."""
