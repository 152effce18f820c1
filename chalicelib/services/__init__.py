"""One use case each; they know the ports, not the engines."""
