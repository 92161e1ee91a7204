"""The container of the workflow. Imports nothing: the start-up time of the container counts."""
