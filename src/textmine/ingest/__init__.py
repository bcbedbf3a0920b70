"""From sources to articles: find, fetch, decode, extract, clean."""
