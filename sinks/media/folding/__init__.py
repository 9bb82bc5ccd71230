"""Events folded into sessions and minutes: by the flow as they come, by an erasure for what they gave."""
