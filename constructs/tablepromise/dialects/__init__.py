"""The same table in the languages of kro, Crossplane and KubeVela. No cdk8s, no cluster.

A module per language says, from the model, what is installed (documents), what a developer writes
for a given request (`instance`), and what becomes of that, worked out offline by that engine's own
rules. `offers` makes constructs of the documents.
"""
