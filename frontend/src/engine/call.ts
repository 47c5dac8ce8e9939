// One call with an agent: microphone, socket and player, and what they say about themselves.

import { Microphone } from "./audio/microphone.ts";
import { Player } from "./audio/player.ts";
import type { MicrophoneReport, PlayerReport } from "./audio/ports.ts";
import { IDLE, type PhaseEvent, type PhaseState, isLive, nextPhase } from "./phase.ts";
import { findObstacle, microphoneProblem } from "./platform.ts";
import { asDecibels } from "./audio/level.ts";
import { CloseCode, type Feature, type Message, PROTOCOL, type Ready } from "./protocol.ts";
import { EMPTY, type Transcript, addMessage, addPlayed, newTalk } from "./transcript.ts";
import { BLOCKED, type LinkEvent } from "./transport/link.ts";
import { Socket } from "./transport/socket.ts";
import { WakeLock } from "./wake-lock.ts";

/** `hold` and `toggle`: the turn is over when the user says so, by a key or a tap. */
export type Mode = "open" | "hold" | "toggle";

export interface CallSettings {
  mode: Mode;
  microphone: string;
  speaker: string;
  volume: number;
}

/** What the home has opened. */
export interface Opening {
  protocol: number;
  path: string;
  base: string;
}

/** The home cannot open a talk; `key` says why. */
export class OpeningError extends Error {
  constructor(readonly key: string) {
    super(key);
  }
}

export interface CallTarget {
  /** Opens a talk with the agent; raises `OpeningError`. */
  open: () => Promise<Opening>;
  settings: CallSettings;
}

export interface Figures {
  /** From the end of the user's turn to the first audio, of the last turn. */
  responseMs?: number;
  agentMs?: number;
  underruns: number;
  droppedFrames: number;
  flushes: number;
  resumes: number;
  newTalks: number;
  /** What the microphone hears while only the agent speaks, in decibels of full scale. */
  echoDb?: number;
}

/** The agent's voice counts for the echo from this level on; the figure follows slowly. */
const ECHO_LEVEL = 0.4;
const ECHO_SHARE = 0.02;

const REOPEN_MS = 2000;
const REOPEN_FOR_MS = 60_000;

/** Why the talk is over for good, by the code of the socket. */
const FINAL: Readonly<Record<number, string>> = {
  [CloseCode.forbidden]: "forbidden",
  [CloseCode.otherProtocol]: "old_page",
  [CloseCode.flood]: "internal",
  [CloseCode.invalid]: "internal",
  [BLOCKED]: "blocked",
};
const REOPENED: ReadonlySet<number> = new Set([CloseCode.stopping, CloseCode.reloading, CloseCode.gone]);

export class Call {
  readonly #changed: () => void;
  #target: CallTarget;
  readonly #wakeLock = new WakeLock();
  #state: PhaseState = IDLE;
  #transcript: Transcript = EMPTY;
  #microphone: Microphone | undefined;
  #player: Player | undefined;
  #socket: Socket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reopenUntil = 0;
  #attempt = 0;
  #hasMicrophone = false;

  agent = "";
  features: readonly Feature[] = [];
  idleSeconds = 0;
  isMuted = false;
  /** Whether the microphone is switched off, not only muted. */
  isOff = false;
  /** Whether the user holds, or has toggled, the button that lets them speak. */
  isHeld = false;
  /** Something failed and the call continues; the key of its text. */
  notice = "";
  /** Of both voices, from 0 to 1; read for each picture, without a change. */
  readonly levels = { user: 0, agent: 0 };
  readonly figures: Figures = {
    underruns: 0,
    droppedFrames: 0,
    flushes: 0,
    resumes: 0,
    newTalks: 0,
  };

  /** `changed` is called after each change of what can be read here, except the levels. */
  constructor(target: CallTarget, changed: () => void) {
    this.#target = target;
    this.#changed = changed;
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

  get mode(): Mode {
    return this.#target.settings.mode;
  }

  /** Whether the device is in use. */
  get isMicrophoneOn(): boolean {
    return this.#microphone?.isOn ?? false;
  }

  /** Whether this call has a microphone; otherwise the user types. */
  get hasMicrophone(): boolean {
    return this.#hasMicrophone;
  }

  get isSoundBlocked(): boolean {
    return this.isLive && (this.#player?.isBlocked ?? false);
  }

  get player(): Player | undefined {
    return this.#player;
  }

  /** Begins; must be called while a tap is handled. Without a microphone the user types. */
  start(target: CallTarget, { microphone = true } = {}): void {
    if (this.isLive) return;
    this.#target = target;
    this.notice = "";
    this.isMuted = this.isOff = this.isHeld = false;
    this.#hasMicrophone = microphone;
    if (this.#transcript.sayings.length) this.#transcript = newTalk(this.#transcript);
    this.#apply({ type: "start" });
    const obstacle = findObstacle();
    if (obstacle) return this.#fail(obstacle);
    const attempt = ++this.#attempt;
    this.#player = new Player((report) => this.#played(report));
    if (microphone) {
      this.#microphone = new Microphone({
        report: (report) => this.#listened(report),
        lost: () => this.#microphoneLost(),
      });
    }
    this.#socket = new Socket(
      (event) => this.#receive(event),
      () => this.#fail("unsupported"),
    );
    void this.#begin(attempt);
  }

  end(): void {
    if (!this.isLive) return;
    this.#release();
    this.#apply({ type: "end", reason: "bye" });
  }

  /** Stops the agent, which speaks or thinks. */
  interrupt(): void {
    if (this.phase === "thinking") this.#socket?.send({ type: "interrupt", reply: 0, ms: 0 });
    else if (this.phase === "speaking") this.#player?.interrupt();
  }

  mute(on: boolean): void {
    this.isMuted = on;
    this.#microphone?.mute(on);
    this.#socket?.send({ type: "mute", on });
    this.#changed();
  }

  /** Switches the microphone off or on: the browser's indicator follows. */
  async switchOff(off: boolean): Promise<void> {
    this.isOff = off;
    this.mute(off);
    if (off) this.#microphone?.off();
    else await this.useMicrophone(this.#target.settings.microphone);
    this.#changed();
  }

  /** In the modes `hold` and `toggle`: the user's turn begins or ends. */
  hold(on: boolean): void {
    if (this.mode === "open" || this.isHeld === on || !this.isLive) return;
    this.isHeld = on;
    if (on) this.#player?.drop();
    this.#socket?.send({ type: "hold", on });
    this.#changed();
  }

  setMode(mode: Mode): void {
    this.hold(false);
    this.#target.settings.mode = mode;
    this.#sendMode();
    this.#changed();
  }

  say(text: string): void {
    this.#player?.drop();
    this.#socket?.send({ type: "text", text });
  }

  confirm(id: string, allow: boolean): void {
    this.#socket?.send({ type: "confirm", id, allow });
  }

  /** A new conversation: the agent forgets this one. */
  again(): void {
    this.#player?.drop();
    this.#socket?.send({ type: "again" });
  }

  /** The user has tapped: sound is allowed now. */
  unblock(): void {
    this.#player?.resume();
    this.#changed();
  }

  dismissNotice(): void {
    this.notice = "";
    this.#changed();
  }

  set volume(volume: number) {
    this.#target.settings.volume = volume;
    if (this.#player) this.#player.volume = volume;
  }

  async useMicrophone(deviceId: string): Promise<void> {
    this.#target.settings.microphone = deviceId;
    try {
      await this.#microphone?.use(deviceId);
      this.#microphone?.mute(this.isMuted);
    } catch (error) {
      this.#note(microphoneProblem(error));
    }
    this.#changed();
  }

  async useSpeaker(deviceId: string): Promise<void> {
    this.#target.settings.speaker = deviceId;
    await this.#player?.useSpeaker(deviceId).catch(() => this.#note("speaker"));
  }

  async #begin(attempt: number): Promise<void> {
    const [microphoneHere, microphoneThere] = ports();
    const [playerHere, playerThere] = ports();
    this.#socket!.connect(microphoneThere, playerThere);
    try {
      await this.#microphone?.open(microphoneHere, this.#target.settings.microphone);
    } catch (error) {
      if (attempt === this.#attempt) this.#fail(microphoneProblem(error));
      return;
    }
    if (attempt !== this.#attempt) return;
    this.#wakeLock.start();
    this.#player!.volume = this.#target.settings.volume;
    await this.#player!.open(playerHere);
    if (attempt !== this.#attempt) return;
    if (this.#target.settings.speaker) await this.useSpeaker(this.#target.settings.speaker);
    await this.#openTalk(attempt);
  }

  async #openTalk(attempt: number): Promise<void> {
    try {
      const { protocol, path, base } = await this.#target.open();
      if (attempt !== this.#attempt) return;
      if (protocol !== PROTOCOL) this.#fail("old_page");
      else this.#socket?.open(path, base);
    } catch (error) {
      if (attempt !== this.#attempt) return;
      const key = error instanceof OpeningError ? error.key : "home_away";
      const isPassing = key === "home_away" || key === "not_ready" || key === "not_found";
      if (this.phase === "reconnecting" && isPassing) this.#reopen(key);
      else this.#fail(key);
    }
  }

  /** Opens another talk: this one is lost. */
  #reopen(key: string): void {
    const now = Date.now();
    if (!this.#reopenUntil) this.#reopenUntil = now + REOPEN_FOR_MS;
    if (now > this.#reopenUntil) return this.#fail(key);
    this.#apply({ type: "lost" });
    const attempt = this.#attempt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#openTalk(attempt), REOPEN_MS);
  }

  #receive(event: LinkEvent): void {
    switch (event.type) {
      case "ready":
        return this.#ready(event.ready, event.isResumed);
      case "message":
        return this.#handle(event.message);
      case "lost":
        return this.#apply({ type: "lost" });
      case "closed":
        return this.#closed(event.code);
    }
  }

  #ready(ready: Ready, isResumed: boolean): void {
    this.agent = ready.agent.name;
    this.features = ready.agent.features;
    this.idleSeconds = ready.limits.idle_s;
    if (isResumed) {
      this.figures.resumes++;
    } else {
      if (this.phase === "reconnecting") {
        this.figures.newTalks++;
        this.#transcript = newTalk(this.#transcript);
        this.isHeld = false;
      }
      this.#sendMode();
      if (this.isMuted) this.#socket?.send({ type: "mute", on: true });
    }
    this.#apply({ type: "resumed" });
  }

  #handle(message: Message): void {
    switch (message.type) {
      case "phase":
        // A talk that got this far is not one of a series of failures.
        if (message.value !== "connecting") this.#reopenUntil = 0;
        this.#microphone?.expectEcho(message.value === "speaking");
        if (message.value !== "speaking" && this.#player) this.#player.isDucked = false;
        return this.#apply({ type: "phase", value: message.value });
      case "flush":
        this.figures.flushes++;
        return;
      case "metric":
        this.figures.responseMs = message.response_ms;
        this.figures.agentMs = message.agent_ms;
        break;
      case "error":
        this.notice = message.key;
        break;
      case "end":
        this.#release();
        return this.#apply(
          message.reason === "error"
            ? { type: "fail", key: message.key ?? "internal" }
            : { type: "end", reason: message.reason },
        );
      default:
        this.#transcript = addMessage(this.#transcript, message);
    }
    this.#changed();
  }

  #closed(code: number): void {
    if (!this.isLive) return;
    const key = FINAL[code];
    if (key) return this.#fail(key);
    if (code === CloseCode.replaced || code === CloseCode.ended) {
      this.#release();
      return this.#apply({ type: "end", reason: code === CloseCode.replaced ? "replaced" : "agent" });
    }
    // An unknown code of an application does not come back.
    if (code >= 4000 && !REOPENED.has(code)) return this.#fail("internal");
    this.#reopen("home_away");
  }

  #listened({ level, isSpeech }: MicrophoneReport): void {
    this.levels.user = level;
    if (this.#player) {
      const isHeard = this.mode === "open" && !this.isMuted;
      this.#player.isDucked = isHeard && isSpeech && this.phase === "speaking";
    }
    if (this.levels.agent > ECHO_LEVEL && !isSpeech && !this.isMuted) {
      const now = asDecibels(level);
      const before = this.figures.echoDb ?? now;
      this.figures.echoDb = before + (now - before) * ECHO_SHARE;
    }
  }

  #played({ reply, ms, level, underruns, dropped }: PlayerReport): void {
    this.levels.agent = level;
    this.figures.underruns = underruns;
    this.figures.droppedFrames = dropped;
    const transcript = addPlayed(this.#transcript, reply, ms);
    if (transcript === this.#transcript) return;
    this.#transcript = transcript;
    this.#changed();
  }

  #microphoneLost(): void {
    this.#note("microphone_lost");
    // The system may offer another device.
    void this.useMicrophone("");
  }

  #sendMode(): void {
    this.#socket?.send({ type: "mode", value: this.mode === "open" ? "open" : "hold" });
  }

  #note(key: string): void {
    this.notice = key;
    this.#changed();
  }

  #fail(key: string): void {
    this.#release();
    this.#apply({ type: "fail", key });
  }

  #release(): void {
    this.#attempt++;
    clearTimeout(this.#timer);
    this.#reopenUntil = 0;
    this.#wakeLock.stop();
    this.#socket?.close();
    this.#microphone?.close();
    this.#player?.close();
    this.#socket = this.#microphone = this.#player = undefined;
    this.levels.user = this.levels.agent = 0;
    this.isHeld = false;
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
