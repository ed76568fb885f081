"""A question bank for AI/ML technical literacy, its quiz and its record."""
