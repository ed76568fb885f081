"""One spelling for one content: canonical JSON and its digest.

Serialisation follows RFC 8785 (JSON Canonicalization Scheme, 2020), so the same content has the
same hash whatever wrote it.
"""

import hashlib
from typing import Any

import rfc8785


def canonical_json(content: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Serialise a JSON value so that equal values give equal bytes.

    Args:
        content: dicts with string keys, lists, strings, numbers, booleans and None.

    Returns:
        UTF-8 bytes, keys sorted, no spaces.
    """
    return rfc8785.dumps(content)


def digest(content: Any) -> str:  # noqa: ANN401 - any JSON value
    """Hash a JSON value.

    Args:
        content: what `canonical_json` takes.

    Returns:
        `sha256:` and 64 hexadecimal digits.
    """
    return "sha256:" + hashlib.sha256(canonical_json(content)).hexdigest()
