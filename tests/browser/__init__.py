"""Real browsers and the real program; a package, so that its conftest is not taken for the one above."""
