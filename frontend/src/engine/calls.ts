// The call of this page. It survives when a view that shows it goes away.

import { Call } from "./call.ts";
import type { CallTarget } from "./opening.ts";

type Listener = () => void;

class Calls {
  #call: Call | undefined;
  #agent = "";
  readonly #listeners = new Set<Listener>();

  get current(): Call | undefined {
    return this.#call;
  }

  get agent(): string {
    return this.#agent;
  }

  /** Returns the call with an agent, live or over. */
  with(agent: string): Call | undefined {
    return this.#agent === agent ? this.#call : undefined;
  }

  /** Starts a call in place of the present one; must be called while a tap is handled. */
  start(agent: string, target: CallTarget, options?: { microphone: boolean }): Call {
    this.#call?.end();
    if (this.#agent !== agent || !this.#call) {
      this.#agent = agent;
      this.#call = new Call(target, () => this.#tell());
    }
    this.#call.start(target, options);
    return this.#call;
  }

  /** Calls the listener after each change. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const calls = new Calls();

addEventListener("pagehide", (event) => {
  if (!event.persisted) calls.current?.end();
});
