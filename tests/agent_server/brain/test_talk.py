"""Small talk, and questions about the conversation."""

from datetime import UTC, datetime

import pytest

from agent_server.brain import Exchange
from agent_server.brain.builtin.foreign import detect_language
from agent_server.brain.builtin.question import Question
from agent_server.brain.builtin.recall import recall
from agent_server.brain.builtin.smalltalk import HELP, JOKES, STORY, chat

NOW = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Stop.", "Okay."),
        ("Stop it, please!", "Okay."),
        ("Hey, stop talking now.", "Okay."),
        ("Never mind.", "Okay."),
        ("Nevermind, thanks.", "Okay."),
        ("Um, no, forget it.", "Okay."),
        ("That's all, thank you.", "Okay."),
        ("Are you there?", "Yes, I can hear you."),
        ("How’s it going?", "I am well, thank you. And you?"),  # noqa: RUF001
        ("Read me a long text.", STORY),
        ("So, um, what can you do?", HELP),
        ("Good night.", "Sleep well!"),
        ("Good-bye!", "Goodbye!"),
        ("Okay, thank you very much.", "You are welcome."),
        ("Thanks, bye.", "You are welcome."),
        ("Hello there, computer!", "Hello! What can I do for you?"),
        ("Tell me a joke, please.", JOKES[0]),
        ("Could you please tell me?", "Yes? What would you like to know?"),
        ("Tell me", "Yes? What would you like to know?"),
        ("Good night, everyone, and thanks for everything.", "Sleep well!"),
        ("Bye for now, see you tomorrow!", "Goodbye!"),
        ("Thank you for turning on the lights.", "You are welcome."),
        ("Thanks for the joke, computer.", "You are welcome."),
        ("Good morning, how are you?", "I am well, thank you. And you?"),
        ("That was really funny!", "I am glad to hear that."),
        ("Well done, thanks!", "That is very kind of you."),
        ("Testing, testing, one, two, three.", "Yes, I can hear you."),
    ],
)
def test_small_talk(question, answer):
    assert chat(Question(question, NOW)) == answer


@pytest.mark.parametrize("opening", ["", "good night", "thank you", "bye", "good morning"])
@pytest.mark.parametrize(
    "phrase",
    [
        *("that is great", "that is kind", "that is all", "you are so kind", "very", "thank you"),
        *("for all the help", "good night", "my dear friend", "have a nice day", "all right"),
        *("thanks for doing that", "how are you", "see you", "good bye", "very much", "of you"),
    ],
)
def test_courtesies_that_repeat_end_in_time(opening, phrase):
    """A pattern in which two alternatives match the same words would take years."""
    words = [opening, *[phrase] * (900 // (len(phrase) + 1)), "green apples"]
    assert chat(Question(" ".join(words), NOW)) in (None, "You are welcome.")


@pytest.mark.parametrize(
    "question",
    [
        "Stop the music.",
        "Cancel my timer.",
        "No milk today.",
        "Turn off the light, thank you.",
        "Good morning, please open all the blinds.",
        "Hey, turn on the light.",
        "Good night, turn off the lights.",
        "Good night. Is the front door locked?",
        "Good morning, what's the weather?",
        "Thanks, and turn off the lights.",
        "Thanks for helping me, what's the weather?",
        "Goodbye, lock the door.",
        "How do you say thank you in French?",
        "How are you going to get home?",
        "Well done, next song.",
        "Can you hear me? Turn off the light.",
        "Tell me a joke and turn off the lights.",
        "No more jokes, please.",
        "That's a funny noise.",
        "Test the smoke detector.",
    ],
)
def test_requests_that_begin_like_small_talk(question):
    assert chat(Question(question, NOW)) is None


NOTHING_ASKED = "I do not know of an earlier question."
HISTORY = (Exchange("Hello.", "Hello!"), Exchange("What time is it?", "It is 7:05 PM."))


@pytest.mark.parametrize(
    ("question", "answer", "first"),
    [
        ("Say that again.", "It is 7:05 PM.", "I have nothing to repeat."),
        ("What?", "It is 7:05 PM.", "I have nothing to repeat."),
        ("What did I just ask you?", "You said: What time is it?", NOTHING_ASKED),
        ("What was my last question?", "You said: What time is it?", NOTHING_ASKED),
    ],
)
def test_questions_about_the_conversation(question, answer, first):
    assert recall(Question(question, NOW, HISTORY)) == answer
    assert recall(Question(question, NOW)) == first


def test_what_the_agent_said_unprompted_was_not_asked():
    history = (*HISTORY, Exchange("", "Your timer is over."))
    assert recall(Question("What did I ask?", NOW, history)) == "You said: What time is it?"
    assert recall(Question("What?", NOW, history)) == "Your timer is over."


def test_a_person_who_comes_again_is_no_request_to_repeat():
    assert recall(Question("When will Grandma come again?", NOW, HISTORY)) is None
    assert recall(Question("Come again?", NOW, HISTORY)) == "It is 7:05 PM."


@pytest.mark.parametrize("question", ["Go on.", "Please continue!", "What were you saying?"])
def test_the_rest_of_an_answer_that_was_interrupted(question):
    rest = "It rains in the afternoon. Then it clears."
    cut = Exchange("How is the weather?", "It is sunny. It rains", rest)
    assert recall(Question(question, NOW, (cut,))) == rest
    assert recall(Question(question, NOW, HISTORY)) == "That was all."
    assert recall(Question(question, NOW)) is None
    assert recall(Question("What did you say last?", NOW, (cut,))) == "It is sunny. It rains"


def test_a_long_question_is_quoted_in_part():
    history = (Exchange("word " * 1_000, ""),)
    answer = recall(Question("What did I ask?", NOW, history))
    assert answer is not None
    assert answer.endswith("word …")
    assert len(answer) < 220
    assert recall(Question("Say that again", NOW, history)) == "I have nothing to repeat."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Wie spät ist es gerade?", "It is 7:05 PM. I only understand English."),
        ("Quelle heure est-il ?", "It is 7:05 PM. I only understand English."),
        ("¿Qué hora es?", "It is 7:05 PM. I only understand English."),
        ("Mach bitte das Licht an.", "Sorry, I only understand English."),
        ("Allume la lumière, s'il te plaît.", "Sorry, I only understand English."),
        ("Apaga la luz, por favor.", "Sorry, I only understand English."),
        ("Turn on the light in the kitchen.", None),
        ("Who sang La Vie en Rose?", None),
        ("What is a date in Spain?", None),
        ("", None),
    ],
)
def test_other_languages(question, answer):
    assert detect_language(Question(question, NOW)) == answer
