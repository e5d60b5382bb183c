"""How every result came to be: hashes, records and their verification."""
