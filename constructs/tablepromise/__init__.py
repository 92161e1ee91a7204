"""DynamoDB tables as a Kubernetes API."""
