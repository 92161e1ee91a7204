"""The objects of a target, by the folder of manifests that they are in."""
