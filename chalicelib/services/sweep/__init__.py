"""The sweep: finds what an event, a crash or a dependency's fault left undone, and finishes it.

Each check looks for one kind of leftover and gives findings; a finding knows how to repair itself,
and looks again at the moment it does, since events go on meanwhile. `run.py` carries the checks
out, within a number of repairs and a time, or only looks.
"""
