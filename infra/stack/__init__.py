"""A target as a Pulumi stack."""
