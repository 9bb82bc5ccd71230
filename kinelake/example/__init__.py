"""Example data: people who do not exist, at addresses reserved for documentation.

`places` and `people` say who they are and where, a stream's folder what they send (`traffic` says what it declares),
`geo` makes the database that knows the addresses, `load` plays the traffic over HTTP. All of it follows from a seed.
"""
