"""The routes: parse, call one service, present."""
