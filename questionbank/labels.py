"""What a question is labelled with: kind, level, audience, status."""

from enum import StrEnum


class Kind(StrEnum):
    """How a question is answered."""

    OPEN = "open"
    NUMERIC = "numeric"
    CHOICE = "choice"
    CASE = "case"


class Level(StrEnum):
    """How much a question asks for."""

    BEGINNER = "beginner"
    INTERMEDIATE = "intermediate"
    ADVANCED = "advanced"


class Audience(StrEnum):
    """Who should be able to answer."""

    PRODUCT_MANAGER = "product-manager"
    EXECUTIVE = "executive"
    INVESTOR = "investor"
    ENGINEER = "engineer"


class Status(StrEnum):
    """Whether a question is asked."""

    DRAFT = "draft"
    """Being written: shown to authors, never drawn."""
    ACTIVE = "active"
    RETIRED = "retired"
    """Kept for old grades, never drawn."""
