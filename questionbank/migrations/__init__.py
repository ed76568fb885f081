"""The record's schema, revision by revision; run from code by `questionbank.database`."""
