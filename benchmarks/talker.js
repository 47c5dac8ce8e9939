// Runs turns in a card for some seconds, or until there were enough. Returns their number, and how many
// had no answer. It runs in the page, because tools that control a browser from outside allocate
// memory there.
async (view, { seconds, most, speech, long, turnSeconds }) => {
  const { call } = view;
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const lastAnswer = () => {
    const captions = view.shadowRoot.querySelector("playai-captions");
    return [...(captions?.shadowRoot.querySelectorAll("p.agent") ?? [])].at(-1)?.textContent ?? "";
  };
  const until = async (isTrue) => {
    const end = performance.now() + turnSeconds * 1000;
    while (!isTrue() && performance.now() < end) await sleep(50);
    return isTrue();
  };
  const kinds = [
    { begin: () => testMicrophone.speak(speech), answer: "Turned on the light" },
    {
      begin: () => call.say("what is on my shopping list"),
      answer: "On your shopping list: Eggs, Bread.",
    },
    { begin: () => call.say(long), answer: "It is late", isInterrupted: true },
  ];
  const end = performance.now() + seconds * 1000;
  let [turns, lost] = [0, 0];
  while (turns < most && performance.now() < end) {
    const { begin, answer, isInterrupted } = kinds[turns++ % kinds.length];
    await begin();
    const isAnswered = await until(() => lastAnswer().includes(answer));
    if (!isAnswered) lost++;
    if (!isAnswered || isInterrupted) call.interrupt();
    await until(() => call.phase === "listening");
  }
  return { turns, lost };
}
