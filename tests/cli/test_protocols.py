"""`overread protocols` lists what a study may be read as, in the order of the gate."""

import json

from overread.plugins import names
from tests.cli.conftest import Overread


def test_protocols_are_listed_in_the_order_of_the_gate(overread: Overread) -> None:
    done = overread("protocols", "--json")
    listed = json.loads(done.out)
    assert listed[0]["name"] == "chest_radiograph"
    assert {one["name"] for one in listed} == set(names("protocols"))
    ct = next(one for one in listed if one["name"] == "chest_ct")
    assert ct["modalities"] == ["CT"]
    assert ct["brings"] == ["lung_volumes"]
    assert ct["measured"] is False
    assert "17" in next(line for line in overread("protocols").out.splitlines() if line.startswith("chest_radiograph@"))


def test_what_is_not_enabled_is_named_and_not_listed(overread: Overread) -> None:
    done = overread("-c", 'protocols=["chest_radiograph"]', "protocols")
    assert "chest_ct@" not in done.out
    assert "not in the setting 'protocols': chest_ct" in done.out + done.err


def test_a_protocol_that_is_not_there_is_a_usage_error(overread: Overread) -> None:
    done = overread("-c", 'protocols=["nothing"]', "protocols")
    assert done.code == 2
