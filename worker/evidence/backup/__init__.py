"""Backup and restore: database, bags and keys, consistent while everything runs."""
