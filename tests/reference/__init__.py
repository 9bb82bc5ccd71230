"""Independent references: what the product computes fast, computed plainly from the specification."""
