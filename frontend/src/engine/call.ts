// One call with an agent: both voices, the talk with Home Assistant, and their events.

import { type Figures, type Levels, measureRoundTrip, newFigures } from "./figures.ts";
import type { CallTarget, Mode, Opening } from "./opening.ts";
import { IDLE, type PhaseEvent, type PhaseState, isLive, nextPhase } from "./phase.ts";
import { findObstacle, microphoneProblem } from "./platform.ts";
import type { Feature, Message, Ready } from "./protocol.ts";
import { Talk, type TalkEvent } from "./talk.ts";
import { EMPTY, type Transcript, addMessage, addPlayed, newTalk } from "./transcript.ts";
import { Voices } from "./voices.ts";

/** A press of the button counts for this time at most. */
const MAX_HOLD_MS = 60_000;

export class Call {
  readonly #changed: () => void;
  readonly #voices: Voices;
  #target: CallTarget;
  #state: PhaseState = IDLE;
  #transcript: Transcript = EMPTY;
  #talk: Talk | undefined;
  #hasMicrophone = false;
  #holding: ReturnType<typeof setTimeout> | undefined;
  /** Whether Home Assistant has been told that the microphone hears the agent. */
  #isEchoSent = false;

  agent = "";
  features: readonly Feature[] = [];
  idleSeconds = 0;
  /** Whether the user holds, or has toggled, the button that lets them speak. */
  isHeld = false;
  /** The key of a text about a failure or a change during the call; "" for none. */
  notice = "";
  /** The device or the language that the text names. */
  noticeName = "";
  readonly figures: Figures = newFigures();

  /** `changed` is called after each change of a public property, except the levels. */
  constructor(target: CallTarget, changed: () => void) {
    this.#target = target;
    this.#changed = changed;
    this.#voices = new Voices(target.settings, this.figures, {
      canInterrupt: () => this.mode === "open" && this.phase === "speaking",
      played: (reply, ms) => this.#played(reply, ms),
      hearsAgent: (on) => this.#sendEcho(on),
      note: (key, name) => this.#note(key, name),
      solved: (...keys) => {
        if (keys.includes(this.notice)) this.#note("");
      },
      changed: () => this.#changed(),
    });
  }

  get phase(): PhaseState["phase"] {
    return this.#state.phase;
  }

  get reason(): string {
    return this.#state.reason;
  }

  get isLive(): boolean {
    return isLive(this.phase);
  }

  get transcript(): Transcript {
    return this.#transcript;
  }

  get areaId(): string | undefined {
    return this.#target.areaId;
  }

  get mode(): Mode {
    return this.#target.settings.mode;
  }

  /** Levels of both voices, to be read for each frame: `changed` is not called for them. */
  get levels(): Levels {
    return this.#voices.levels;
  }

  get isMuted(): boolean {
    return this.#voices.isMuted;
  }

  /** Whether the microphone is switched off, not only muted. */
  get isOff(): boolean {
    return this.#voices.isOff;
  }

  /** Whether the device is in use. */
  get isMicrophoneOn(): boolean {
    return this.#voices.isMicrophoneOn;
  }

  /** Whether the agent hears the device: it is not muted, and the button is held if needed. */
  get isHeard(): boolean {
    return this.isMicrophoneOn && !this.isMuted && (this.mode === "open" || this.isHeld);
  }

  /** The name of the device that is in use. */
  get microphoneName(): string {
    return this.#voices.microphoneName;
  }

  /** Whether this call has a microphone; otherwise the user types. */
  get hasMicrophone(): boolean {
    return this.#hasMicrophone;
  }

  get isSoundBlocked(): boolean {
    return this.isLive && this.#voices.isSoundBlocked;
  }

  /** Begins; must be called while a tap is handled. Without a microphone the user types. */
  start(target: CallTarget, { microphone = true } = {}): void {
    if (this.isLive) return;
    this.#target = target;
    this.notice = "";
    this.isHeld = false;
    this.#hasMicrophone = microphone;
    if (this.#transcript.sayings.length) this.#transcript = newTalk(this.#transcript);
    this.#apply({ type: "start" });
    const obstacle = findObstacle();
    if (obstacle) return this.#fail(obstacle);
    this.#voices.start(target.settings, microphone);
    this.#talk = new Talk(
      () => this.#open(target),
      (event) => this.#receive(event),
    );
    void this.#begin(this.#talk);
  }

  end(): void {
    if (!this.isLive) return;
    this.#release();
    this.#apply({ type: "end", reason: "bye" });
  }

  /** Stops the agent while it speaks or thinks. */
  interrupt(): void {
    if (this.phase === "thinking") this.#talk?.send({ type: "interrupt", reply: 0, ms: 0 });
    else if (this.phase === "speaking") this.#voices.interrupt();
  }

  mute(on: boolean): void {
    this.#voices.mute(on);
    this.#talk?.send({ type: "mute", on });
    if (on) this.hold(false); // After `mute`: the words so far are dropped, not answered.
    this.#changed();
  }

  /** Mutes, or lets the agent hear the user again, even if the microphone was off. */
  toggleMute(): void {
    if (this.isOff) void this.switchOff(false);
    else this.mute(!this.isMuted);
  }

  /** Switches the microphone off or on: the browser's indicator follows. */
  async switchOff(off: boolean): Promise<void> {
    const switched = this.#voices.switchOff(off);
    this.mute(off);
    await switched;
    this.#changed();
  }

  /** In the modes `hold` and `toggle`: the user's turn begins or ends. */
  hold(on: boolean): void {
    if (this.mode === "open" || this.isHeld === on || !this.isLive) return;
    this.#press(on);
    if (on) this.#voices.drop();
    this.#talk?.send({ type: "hold", on });
    this.#changed();
  }

  setMode(mode: Mode): void {
    this.hold(false);
    this.#target.settings.mode = mode;
    this.#sendMode();
    this.#changed();
  }

  say(text: string): void {
    this.#voices.drop();
    this.#talk?.send({ type: "text", text });
  }

  confirm(id: string, allow: boolean): void {
    this.#talk?.send({ type: "confirm", id, allow });
  }

  /** A new conversation: the agent forgets this one. */
  again(): void {
    this.#voices.drop();
    this.#talk?.send({ type: "again" });
  }

  /** Removes the words of a call that is over. */
  forget(): void {
    if (this.isLive) return;
    this.#transcript = { ...this.#transcript, sayings: [] };
    this.#changed();
  }

  /** The user has tapped: sound is allowed now. */
  async unblock(): Promise<void> {
    await this.#voices.unblock();
    this.#changed();
  }

  dismissNotice(): void {
    this.#note("");
  }

  set volume(volume: number) {
    this.#voices.volume = volume;
  }

  async useMicrophone(deviceId: string): Promise<void> {
    await this.#voices.useMicrophone(deviceId);
    this.#changed();
  }

  async useSpeaker(deviceId: string): Promise<void> {
    await this.#voices.useSpeaker(deviceId);
    this.#changed();
  }

  async #begin(talk: Talk): Promise<void> {
    const [microphoneHere, microphoneThere] = ports();
    const [playerHere, playerThere] = ports();
    talk.connect(microphoneThere, playerThere);
    try {
      await this.#voices.openMicrophone(microphoneHere);
    } catch (error) {
      if (talk === this.#talk) this.#fail(microphoneProblem(error));
      return;
    }
    if (talk !== this.#talk) return;
    try {
      await this.#voices.openPlayer(playerHere);
    } catch {
      if (talk === this.#talk) this.#fail("internal");
      return;
    }
    if (talk === this.#talk) await talk.open();
  }

  async #open(target: CallTarget): Promise<Opening> {
    const opening = await target.open();
    // Only once: when a lost talk is opened anew, the user has already read it.
    if (opening.otherLanguage && this.phase === "connecting") {
      this.#note("other_language", opening.otherLanguage);
    }
    return opening;
  }

  #receive(event: TalkEvent): void {
    switch (event.type) {
      case "ready":
        this.figures.transport = event.transport;
        return this.#ready(event.ready, event.isResumed);
      case "message":
        return this.#handle(event.message);
      case "round_trip":
        measureRoundTrip(this.figures, event.ms);
        return this.#changed();
      case "lost":
        this.#press(false); // Home Assistant releases the button, too.
        return this.#apply({ type: "lost" });
      case "end":
        this.#release();
        return this.#apply(event);
      case "fail":
        return this.#fail(event.key);
    }
  }

  #ready(ready: Ready, isResumed: boolean): void {
    this.agent = ready.agent.name;
    this.features = ready.agent.features;
    this.idleSeconds = ready.limits.idle_s;
    // A dying connection may have lost a change, and `mode` releases the button.
    this.#sendMode();
    if (isResumed) {
      this.figures.resumes++;
    } else {
      if (this.phase === "reconnecting") {
        this.figures.newTalks++;
        this.#transcript = newTalk(this.#transcript);
      }
      this.#isEchoSent = false;
      this.#sendEcho(this.#voices.hearsAgent);
    }
    if (this.isMuted || isResumed) this.#talk?.send({ type: "mute", on: this.isMuted });
    if (this.isHeld) this.#talk?.send({ type: "hold", on: true });
    this.#apply({ type: "resumed" });
  }

  #handle(message: Message): void {
    switch (message.type) {
      case "phase":
        this.#voices.isAgentSpeaking = message.value === "speaking";
        return this.#apply({ type: "phase", value: message.value });
      case "flush":
        this.figures.flushes++;
        return;
      case "metric":
        this.figures.responseMs = message.response_ms;
        this.figures.agentMs = message.agent_ms;
        return this.#changed();
      case "error":
        return this.#note(message.key);
      case "end":
        if (message.reason === "error") return this.#fail(message.key ?? "internal");
        this.#release();
        return this.#apply({ type: "end", reason: message.reason });
      default:
        this.#transcript = addMessage(this.#transcript, message);
        return this.#changed();
    }
  }

  #played(reply: number, ms: number): void {
    const transcript = addPlayed(this.#transcript, reply, ms);
    if (transcript === this.#transcript) return;
    this.#transcript = transcript;
    this.#changed();
  }

  #sendMode(): void {
    this.#talk?.send({ type: "mode", value: this.mode === "open" ? "open" : "hold" });
  }

  #sendEcho(echo: boolean): void {
    if (echo === this.#isEchoSent) return;
    this.#isEchoSent = echo;
    this.#talk?.send({ type: "microphone", echo });
  }

  #note(key: string, name = ""): void {
    this.notice = key;
    this.noticeName = name;
    this.#changed();
  }

  #fail(key: string): void {
    this.#release();
    this.#apply({ type: "fail", key });
  }

  #release(): void {
    this.#talk?.close();
    this.#talk = undefined;
    this.#voices.close();
    this.#press(false);
  }

  #press(on: boolean): void {
    this.isHeld = on;
    clearTimeout(this.#holding);
    if (on) this.#holding = setTimeout(() => this.hold(false), MAX_HOLD_MS);
  }

  #apply(event: PhaseEvent): void {
    this.#state = nextPhase(this.#state, event);
    this.#changed();
  }
}

const ports = (): [MessagePort, MessagePort] => {
  const { port1, port2 } = new MessageChannel();
  return [port1, port2];
};
