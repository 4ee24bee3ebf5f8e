"""The summary of a batch as a Parquet file, for those who have pyarrow (`pip install 'overread[parquet]'`)."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from overread.batch.summary import SummaryLine


def can_write() -> bool:
    """Tell whether pyarrow is here."""
    return find_spec("pyarrow") is not None


def write_columns(lines: Sequence[SummaryLine], path: Path) -> None:
    """Write a row a line, in the columns of `SummaryLine`; the file is there whole or not at all."""
    import pyarrow as pa
    from pyarrow import parquet

    text, number, count = pa.string(), pa.float64(), pa.int32()
    types = {
        "failed_tools": pa.list_(text),
        "pictures": pa.list_(text),
        "bits": pa.list_(count),
        "tool_seconds": pa.map_(text, number),
        **dict.fromkeys(("seconds", "peak_mib", "processor_joules", "gpu_joules"), number),
        **dict.fromkeys(("present", "alerts", "conflicts", "model_calls", "prompt_tokens", "completion_tokens"), count),
    }
    schema = pa.schema([(name, types.get(name, text)) for name in SummaryLine.model_fields])
    rows = [{**line.model_dump(), "tool_seconds": list(line.tool_seconds.items())} for line in lines]
    part = path.with_name(f".{path.name}.part")
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), part)
    part.replace(path)
