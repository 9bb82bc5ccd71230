"""Example data: people who do not exist watching exercises from addresses reserved for documentation.

`places` and `people` say who watches from where, `viewing` what one of them does, `media` turns that into traffic,
`geo` makes the database that knows the addresses, `load` plays the traffic over HTTP. All of it follows from a seed.
"""
