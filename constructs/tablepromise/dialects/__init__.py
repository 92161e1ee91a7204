"""Requests in the languages of kro, Crossplane and KubeVela, without cdk8s and without a cluster.

Each module has the documents that are installed for its engine, the document that a developer
writes for a request, and the objects that the engine creates from it. `offers` has the constructs.
"""
