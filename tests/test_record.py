"""The recording of a conversation that scripts/record makes."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest

from scripts.record import Spoken, mixed, picture
from tests.harness.question import RATE

SECOND = np.ones(RATE, np.int16)
SPOKEN = [
    Spoken(0.5, SECOND * 1000, "Lights & lamps <on>", is_user=True),
    Spoken(2.0, SECOND * 300, "Turned on.", is_user=False, note="after 0.50 s"),
    Spoken(4.0, SECOND * 300, "Thank you.", is_user=True),
    Spoken(5.5, SECOND * 300, "You are welcome.", is_user=False),
]


def test_each_is_heard_at_its_time_and_equally_loud():
    track = mixed(SPOKEN)
    at = {
        second: abs(int(track[round(second * RATE)])) for second in (0.2, 1.0, 1.7, 2.5, 3.5, 6.0)
    }
    assert at == {0.2: 0, 1.0: 20_000, 1.7: 0, 2.5: 20_000, 3.5: 0, 6.0: 20_000}
    assert len(track) / RATE == pytest.approx(7.0)


def test_the_picture_shows_who_said_what():
    picture_of = ET.fromstring(picture(SPOKEN))  # noqa: S314 (it was just made)
    texts = [
        "".join(each.itertext()) for each in picture_of.iter("{http://www.w3.org/2000/svg}text")
    ]
    assert texts == [
        "Lights & lamps <on>",
        "Turned on.  after 0.50 s",
        "Thank you.",
        "You are welcome.",
    ]
