"""What is handed in to be graded."""

from grader.rubric import Record, Rubric


class GradeRequest(Record):
    """One answer, the rubric to hold it against, and the question it answers."""

    answer: str
    """As given; blank is allowed."""
    rubric: Rubric
    question: str | None = None
    """The prompt's text, so that restating it can be told from answering it."""
