"""The search for known sentences, with a decoder of known probabilities."""

import numpy as np

from agent_server.stt.beam import find
from agent_server.stt.decoder import END, NAMES, START
from agent_server.stt.phrases import Node

TOKENS = 12
STOP, IT, NOW, PLEASE, GO = range(5, 10)
LIKELY, RARE = 0.9, 1e-6


class Decoder:
    """Returns probabilities by the last token, and counts the paths that it is asked for."""

    def __init__(self, following):
        self.following = following
        self.paths = []

    def run(self, _, inputs):
        last = inputs["input_ids"][:, 0]
        self.paths.append(len(last))
        assert inputs["encoder_hidden_states"].shape[0] == len(last)
        assert inputs["encoder_attention_mask"].shape == (len(last), 3)
        if len(self.paths) > 1:
            assert {inputs[name].shape[0] for name in NAMES} == {len(last)}
        chances = np.full((len(last), 1, TOKENS), 1e-9, np.float32)
        for row, token in zip(chances, last, strict=True):
            for following, chance in self.following.get(int(token), {}).items():
                row[0, following] = chance
        cache = np.zeros((len(last), 8, len(self.paths), 36), np.float32)
        return [np.log(chances), *[cache] * len(NAMES)]


def sentences(*phrases):
    root = Node()
    for phrase in phrases:
        node = root
        for n, token in enumerate(phrase):
            node.depth = max(node.depth, len(phrase) - n)
            node = node.children.setdefault(token, Node())
        node.phrase = " ".join(map(str, phrase))
    return root


def search(decoder, root, length=2, floor=-5.0):
    states = np.zeros((1, 4, 8), np.float32)
    return find(
        decoder, states, 3, root, length=length, floor=floor, ends=np.array([END], np.int64)
    )


def test_the_most_likely_sentence_is_found():
    decoder = Decoder({START: {STOP: 0.3, GO: 0.6}, STOP: {END: LIKELY}, GO: {END: LIKELY}})
    match = search(decoder, sentences([STOP], [GO]))
    assert (match.phrase, match.tokens, match.is_whole) == (str(GO), (GO,), True)


def test_a_sentence_that_begins_another_is_not_whole():
    decoder = Decoder({START: {STOP: LIKELY}, STOP: {END: LIKELY}})
    assert not search(decoder, sentences([STOP], [STOP, IT])).is_whole


def test_a_sentence_after_which_more_was_said_is_not_found():
    decoder = Decoder({START: {STOP: LIKELY}, STOP: {NOW: LIKELY}})
    assert search(decoder, sentences([STOP])) is None


def test_only_the_beginnings_that_exist_are_decoded():
    decoder = Decoder(
        {
            START: {STOP: 0.5, GO: 0.4},
            STOP: {IT: LIKELY},
            GO: {NOW: LIKELY},
            IT: {END: LIKELY},
            NOW: {END: LIKELY},
        }
    )
    assert search(decoder, sentences([STOP, IT], [GO, NOW])).tokens == (STOP, IT)
    assert decoder.paths == [1, 2, 2]


def test_what_cannot_be_better_than_the_best_is_not_followed():
    decoder = Decoder(
        {START: {STOP: LIKELY, GO: RARE}, STOP: {END: LIKELY}, GO: {IT: LIKELY}, IT: {NOW: LIKELY}}
    )
    assert search(decoder, sentences([STOP], [GO, IT, NOW]), floor=-20.0).tokens == (STOP,)
    assert decoder.paths == [1, 2]


def test_what_is_too_unlikely_for_its_length_is_not_followed():
    decoder = Decoder({START: {STOP: 1.0, GO: RARE}, GO: {END: LIKELY}})
    assert search(decoder, sentences([GO])) is None
    assert decoder.paths == [1]


def test_a_long_sentence_may_begin_badly():
    decoder = Decoder(
        {
            START: {STOP: 1.0, GO: RARE},
            GO: {IT: 1.0},
            IT: {NOW: 1.0},
            NOW: {PLEASE: 1.0},
            PLEASE: {END: 1.0},
        }
    )
    assert search(decoder, sentences([GO, IT, NOW, PLEASE])).tokens == (GO, IT, NOW, PLEASE)
