"""What `pulumi destroy` waits for and deletes beside the objects of a stack."""
