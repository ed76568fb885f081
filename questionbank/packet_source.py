"""One packet file and one packet: YAML that people can read and git can compare."""

from pathlib import Path

from pydantic import TypeAdapter

from questionbank.errors import FormatError
from questionbank.file_edit import write_files
from questionbank.packet import FORMAT, Packet
from questionbank.text_file import read_text
from questionbank.validation import open_document, validate
from questionbank.yaml_reader import read_yaml

_PACKET: TypeAdapter[Packet] = TypeAdapter(Packet)
_HEAD = "# An interview, planned. Change it with `questionbank interview plan`, not by hand.\n"


class PacketError(FormatError):
    """A packet file cannot be used; the text says where and why.

    Args:
        place: the file, with the line if one is to blame.
        reason: what is wrong.
        more: how many other things are wrong.
    """

    def __init__(self, place: str, reason: str, more: int = 0) -> None:
        others = f" (and {more} more)" if more else ""
        super().__init__(place, f"{reason}{others}")


def parse_packet(text: str, shown: str) -> Packet:
    """Read a packet.

    Args:
        text: the whole file; JSON is read too.
        shown: how errors name the file.

    Raises:
        PacketError: it is no packet, or of a newer format.
    """
    document = read_yaml(text, shown)
    data, problems = open_document(document, FORMAT, shown)
    if data is not None:
        checked = validate(_PACKET, document, data, shown)
        problems = (*problems, *checked.problems)
        if checked.record is not None and not problems:
            return checked.record
    first = problems[0]
    place = f"{shown}:{first.line}" if first.line else shown
    raise PacketError(place, f"{first.code}: {first.message}", len(problems) - 1)


def read_packet(path: Path) -> Packet:
    """Read a packet file.

    Raises:
        PacketError: it cannot be read, is no packet, or of a newer format.
    """
    text, problems = read_text(path, path.resolve().parent, str(path))
    if problems:
        first = problems[0]
        place = f"{path}:{first.line}" if first.line else str(path)
        raise PacketError(place, f"{first.code}: {first.message}", len(problems) - 1)
    return parse_packet(text, str(path))


def write_packet(packet: Packet) -> str:
    """Write a packet as YAML that reads back as the same packet.

    Raises:
        ValueError: the text would read back as another packet.
    """
    from questionbank.yaml_writer import dump_yaml

    data = packet.model_dump(mode="json", exclude_none=True, exclude={"format"})
    text = _HEAD + dump_yaml({"format": packet.format, **data})
    if parse_packet(text, packet.id) != packet:
        raise ValueError(f"{packet.id} cannot be written as YAML and read back")
    return text


def save_packet(packet: Packet, path: Path) -> None:
    """Write a packet file; a reader sees the old one or the new one, never half.

    Raises:
        UsageError: it cannot be written.
    """
    write_files({path: write_packet(packet).encode()}, path.resolve().parent)
