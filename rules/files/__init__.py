"""Files that come in and go out: inspection, storage, encryption, scanning."""
