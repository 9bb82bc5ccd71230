"""Where clients that others wrote come in: public write keys, and the protocols that such clients speak.

A protocol (`protocol`) reads a body into items of a stream and refusals that have names; what there is to say of keys,
budgets, consent, origins, publishing and answers is the same for all of them and stands here.
"""
