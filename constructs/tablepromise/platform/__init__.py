"""What is installed on a cluster, one construct per thing, and the versions of it all."""
