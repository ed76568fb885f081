"""Marks of raters, who they are, and what is done with an interview afterwards.

Revision: 0002. They are entries of new kinds in the same two tables, under the same guards, so no
table changes. The revision keeps an older questionbank away, which would pass over them: it would
export or erase a candidate's data in part and call it all.
"""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing but the number."""
