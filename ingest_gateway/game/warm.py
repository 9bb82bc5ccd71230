"""What the gateway compiles, or loads where it is compiled, before a body needs it: what looks through bodies."""

from schemas.game.items import compile_ahead as compile_ahead
