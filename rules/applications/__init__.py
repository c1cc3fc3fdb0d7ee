"""申請: from a draft to its result, for the resident and for the town."""
