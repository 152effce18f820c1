"""What generated clients are told to do, one program per generator.

Each creates a dataset with a form, asks its details page by page, reads its CSV and opens an upload
session, against the stack whose URL and token it is given, and prints what it got as JSON.
"""
