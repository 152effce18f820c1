"""The API's description, made from the bodies and the routes."""
