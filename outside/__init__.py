"""The world beyond our database, one module per partner. Partners do not decide."""
