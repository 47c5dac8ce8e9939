"""The sentences that the user hears when a turn fails."""

UNREACHABLE = "The agent can't be reached. Is it running?"
LOST = "The connection to the agent was lost. Please try again."
FAILED = "The agent couldn't answer this time. Please try again."
ONLY_SPEECH = "I can only understand spoken questions. Please use the microphone."

HOME_FAILED = "Model had a problem. Please try again."
HOME_LATE = "Model didn't answer in time."
HOME_TOO_LONG = "That answer was getting too long, so I stopped."
HOME_MISSING = (
    "The conversation agent that answers for your home no longer exists. Choose a different one in"
    " the integration's options."
)
EMPTY = "The agent had nothing to say."
