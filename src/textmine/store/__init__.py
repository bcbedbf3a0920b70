"""The store: articles and their records in a database, an article at a time."""
