// The big button: a tap starts a talk, interrupts the agent, or begins and ends a turn.

import { LitElement, css, html, nothing } from "lit";
import { property } from "lit/decorators.js";
import type { Call } from "../engine/call.ts";
import type { Mode } from "../engine/opening.ts";
import { CallsController } from "./calls-controller.ts";
import { define } from "./define.ts";
import { icon } from "./icons.ts";
import "./orb.ts";
import { canInterrupt } from "./status.ts";
import { buttons } from "./styles.ts";

/** Sends the event `talk` when the user wants to start a talk. */
@define("playai-talk-button")
export class TalkButton extends LitElement {
  @property({ attribute: false }) call: Call | undefined;
  @property() label = "";
  @property() mode: Mode = "open";
  @property({ type: Boolean }) disabled = false;

  constructor() {
    super();
    new CallsController(this);
  }

  static override styles = [
    buttons,
    css`
      :host {
        display: block;
      }
      button {
        inline-size: 100%;
        aspect-ratio: 1;
        padding: 0;
        border-radius: 50%;
        position: relative;
        touch-action: none;
        user-select: none;
      }
      button:disabled {
        opacity: 1;
      }
      playai-orb {
        position: absolute;
        inset: 0;
        pointer-events: none;
      }
      .glyph {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        color: #fff;
        pointer-events: none;
      }
    `,
  ];

  /** Whether a pointer holds the button: its release comes even if the focus goes. */
  private hasPointer = false;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.pageChanged);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("visibilitychange", this.pageChanged);
    this.call?.hold(false);
  }

  protected override render() {
    const { call, mode } = this;
    return html`<button
      aria-label=${this.label}
      aria-pressed=${mode !== "open" && call?.isLive ? call.isHeld : nothing}
      ?disabled=${this.disabled}
      @click=${this.tapped}
      @pointerdown=${this.pointed}
      @pointerup=${this.released}
      @pointercancel=${this.released}
      @keydown=${this.pressed}
      @keyup=${this.released}
      @blur=${this.left}
      @contextmenu=${(event: Event) => event.preventDefault()}
    >
      <playai-orb .phase=${call?.phase ?? "idle"} .muted=${call?.isMuted ?? false} .levels=${call?.levels}></playai-orb>
      <span class="glyph">${this.glyph()}</span>
    </button>`;
  }

  private glyph() {
    const { call } = this;
    if (!call?.isLive) return icon("microphone");
    if (call.isMuted) return icon("muted");
    return canInterrupt(call) ? icon("stop") : nothing;
  }

  private readonly tapped = (): void => {
    const { call } = this;
    if (!call?.isLive) this.dispatchEvent(new CustomEvent("talk"));
    else if (this.mode === "open") call.interrupt();
    else if (this.mode === "toggle") call.hold(!call.isHeld);
  };

  private readonly pointed = (event: PointerEvent): void => {
    if (this.mode !== "hold" || !this.call?.isLive || event.button !== 0) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.hasPointer = true;
    this.call.hold(true);
  };

  private readonly pressed = (event: KeyboardEvent): void => {
    const isButtonKey = event.key === " " || event.key === "Enter";
    if (this.mode === "hold" && this.call?.isLive && isButtonKey && !event.repeat) this.call.hold(true);
  };

  private readonly released = (): void => {
    this.hasPointer = false;
    if (this.mode === "hold") this.call?.hold(false);
  };

  private readonly left = (): void => {
    if (!this.hasPointer) this.released();
  };

  private readonly pageChanged = (): void => {
    if (document.visibilityState === "hidden") this.released();
  };
}
