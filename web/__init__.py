"""What every HTTP room shares: authentication, the one tenant check, error shapes, CORS, limits, request ids.

A room declares its routes with `route` and hands them to `create_app`; its handlers get the request and its Caller.
"""
