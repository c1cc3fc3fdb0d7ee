"""利用者 and 職員: signing up, signing in, getting back in, leaving."""
