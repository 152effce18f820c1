"""What every route needs of HTTP: the call, its checks, its errors, its reply."""
