"""A process of the cluster that holds the model and grades orders as the local engine does."""

import os
import pickle
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import GraderError, WorkerError
from grader.grade import Grade
from grader.loading import GraderSettings
from questionbank.batch import Item, grade_items, made_with, output_line, resolve
from questionbank.errors import QuestionbankError, UsageError
from questionbank.folders import cache_folder
from questionbank.question import OpenTask
from questionbank.ray_engine.tally import TRIES
from questionbank.ray_engine.work import Made, Noted, Order, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from grader.engine import Grader
    from grader.request import GradeRequest
    from questionbank.grade_memory import GradeMemory


class Worker:
    """What Ray Data calls with orders.

    Args:
        tally: a handle of the actor `Tally`.
        work: a reference to the `Work`.
    """

    def __init__(self, tally: Any, work: Any) -> None:  # noqa: ANN401 - as Ray has it
        import ray

        self._get = ray.get
        self._tally = tally
        self._work: Work = ray.get(work)
        self._name = f"{ray.get_runtime_context().get_node_id()}:{os.getpid()}"

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[Any]]:
        """Carry out orders.

        Args:
            batch: a pickled `Order` each, as the column `order`.

        Returns:
            `made`: a pickled `Made` for each.
        """
        return {"made": [pickle.dumps(self._made(pickle.loads(one))) for one in batch["order"]]}  # noqa: S301 - our own

    def _made(self, order: Order) -> Made:
        try:
            if not self._get(self._tally.begin.remote(order.first)):
                raise WorkerError(given_up(order))
            grader = self._grader if self._work.needs_model else None
            plain = Made(
                end=order.end,
                made_with=made_with(self._installed, grader),
                calibrated=grader is not None and grader.calibration is not None,
                worker=self._name,
            )
            return self._carried_out(order, plain)
        except (GraderError, QuestionbankError) as error:
            # As words: an error that phrases itself cannot be made again from them.
            usage = isinstance(error, UsageError)
            return Made(order.end, {}, False, self._name, error=str(error), wrong_usage=usage)

    def _carried_out(self, order: Order, plain: Made) -> Made:
        found = resolve(iter(order.rows), self._work.bank)
        items = [replace(item, number=order.first + item.number) for item in found]
        graded = grade_items(items[order.skip :], self._grade_many, self._installed)
        lines = [self._work.dump(output_line(item, grade)).encode() for item, grade in graded]
        return replace(plain, lines=lines, noted=list(self._noted(items)))

    def _grade_many(self, requests: "Iterable[GradeRequest]") -> Iterator[Grade]:
        yield from self._remembering.grade_many(requests, self._work.batch_size)

    def _noted(self, items: list[Item]) -> Iterator[Noted]:
        """Signatures of the free-text answers; none if no row of the file has one."""
        if not self._work.needs_model:
            return
        from questionbank.near_copies import NearCopies

        copies = NearCopies()
        for item in items:
            if item.row is None or item.instance is None:
                continue
            if isinstance(item.instance.task, OpenTask) and (
                signature := copies.signature(item.row.answer)
            ):
                yield Noted(item.number, item.row.question_id, signature)

    @cached_property
    def _installed(self) -> str:
        """The version of this package on this machine."""
        from grader.engine import package_version

        return package_version()

    @cached_property
    def _remembering(self) -> "Grader | GradeMemory":
        from questionbank.grade_memory import remembering

        settings = self._work.settings.model_copy(update={"cache_folder": cache_folder(os.environ)})
        return remembering(self._grader, settings) or self._grader

    @cached_property
    def _grader(self) -> "Grader":
        with tempfile.TemporaryDirectory() as folder:
            try:
                return self._work.load(_here(self._work, Path(folder)))
            except ValueError as error:
                raise UsageError(str(error)) from error


def given_up(order: Order) -> str:
    """Say over which rows the workers have ended."""
    return (
        f"{TRIES} workers ended over rows {order.first + 1} to {order.end}, perhaps for want of "
        "memory; try fewer --workers, or those rows alone with the local engine"
    )


def _here(work: Work, folder: Path) -> GraderSettings:
    """The settings with this machine's paths."""
    changed: dict[str, Path] = {"cache_folder": cache_folder(os.environ)}
    for name, content in (("calibration", work.calibration), ("refinement", work.refinement)):
        if content is not None:
            changed[name] = folder / name
            changed[name].write_bytes(content)
    return work.settings.model_copy(update=changed)
