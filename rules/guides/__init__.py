"""手続き判定: questionnaires that end in a list of procedures."""
