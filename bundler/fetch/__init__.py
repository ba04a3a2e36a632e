"""From an address to a file whose bytes were checked: transport, caches, the store, downloads."""
