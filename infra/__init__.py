"""Builds and checks what is deployed: the lock, the package, the template. Never shipped."""
