"""From a text to records: spaCy pipelines, rules and vocabularies."""
