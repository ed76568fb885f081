"""A look into what the program left on disk."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from grader.grade import Grade
from questionbank.attempt import AttemptRecord
from questionbank.store import Store


class Record:
    """What stands in the store and in the drafts."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "questionbank.db"

    def newest(self) -> AttemptRecord:
        with self._store() as store:
            return store.attempts(1)[0]

    def texts(self) -> dict[str, str]:
        """The newest attempt's answers by `question_id` or `question_id#part`."""
        record = self.newest()
        return {record.attempt.steps[one.position].key: one.text for one in record.answers}

    def count(self) -> int:
        """How many attempts there are."""
        with self._store() as store:
            return len(store.attempts())

    def grades(self) -> dict[str, Grade]:
        """The newest attempt's grades by `question_id` or `question_id#part`."""
        record = self.newest()
        found = {}
        for answer in record.answers:
            graded = record.grade_of(answer.id)
            if graded:
                found[record.attempt.steps[answer.position].key] = graded.grade
        return found

    def scores(self) -> dict[str, float]:
        """The newest attempt's scores by `question_id` or `question_id#part`."""
        return {key: grade.score for key, grade in self.grades().items()}

    def draft(self) -> str | None:
        """The text of the only draft; None if there is none."""
        files = list((self.home / "drafts").glob("*.json"))
        assert len(files) <= 1
        return json.loads(files[0].read_text())["text"] if files else None

    def assert_sound(self) -> None:
        """SQLite finds no damage, and the chain holds."""
        connection = sqlite3.connect(self.path)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            doubled = "SELECT key, count(*) FROM entries GROUP BY key HAVING count(*) > 1"
            assert connection.execute(f"{doubled} AND key IS NOT NULL").fetchall() == []
        finally:
            connection.close()
        with self._store() as store:
            report = store.verify()
            assert report.sound, report

    def _store(self) -> Store:
        return Store.open(self.path, clock=lambda: datetime.now(UTC))
