"""The Promise's container: files in, files out. Nothing is imported here: its start-up counts."""
