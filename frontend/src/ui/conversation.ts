// A view of the conversation with one agent: the same in a card, in a dialog and as a page.

import { LitElement, type PropertyValues, css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { Call, Mode } from "../engine/call.ts";
import { calls } from "../engine/calls.ts";
import { isOpenQuestion } from "../engine/transcript.ts";
import { getHass } from "../home/current.ts";
import { errorText } from "../home/errors.ts";
import type { TextKey } from "../i18n/texts.ts";
import { CallsController } from "./calls-controller.ts";
import "./captions.ts";
import { define } from "./define.ts";
import { icon } from "./icons.ts";
import "./orb.ts";
import { observe, unobserve } from "./presence.ts";
import "./settings.ts";
import { buttonKey, hintKey, statusKey } from "./status.ts";
import { buttons } from "./styles.ts";
import { type Target, startCall } from "./target.ts";
import { TextsController } from "./texts-controller.ts";

const MICROPHONE_PROBLEMS: ReadonlySet<string> = new Set([
  "permission",
  "no_microphone",
  "microphone_busy",
  "microphone",
]);

@define("playai-conversation")
export class Conversation extends LitElement {
  @property({ attribute: false }) target: Target = { agent: "", name: "", mode: "open" };
  @property({ type: Boolean }) captions = true;
  @property({ type: Boolean }) typing = true;
  @property({ type: Boolean }) preview = false;
  /** Whether there is a larger view to open, or this is the one and can be closed. */
  @property() corner: "expand" | "close" | "" = "expand";
  @state() private chosenMode: Mode | undefined;
  @state() private hasSettings = false;
  @state() private isTyping = false;
  @query("textarea") private readonly box!: HTMLTextAreaElement | null;
  private readonly texts = new TextsController(this, () => getHass()?.locale.language ?? "en");

  constructor() {
    super();
    new CallsController(this);
  }

  static override styles = [
    buttons,
    css`
      :host {
        display: flex;
        flex-direction: column;
        block-size: 100%;
        min-block-size: 0;
        position: relative;
        container-type: size;
        color: var(--primary-text-color, #212121);
        font-family: var(--ha-font-family-body, Roboto, sans-serif);
        font-size: var(--ha-font-size-m, 14px);
      }
      header {
        display: flex;
        align-items: center;
        padding-inline: var(--playai-header-start, 16px) 4px;
        min-block-size: 44px;
      }
      h2 {
        flex: 1;
        margin: 0;
        font-size: var(--ha-font-size-l, 16px);
        font-weight: 500;
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .stage {
        display: flex;
        flex-direction: column;
        align-items: center;
        justify-content: center;
        flex: 1 1 auto;
        min-block-size: 0;
        text-align: center;
      }
      .talks .stage {
        flex: 0 0 auto;
      }
      .orb {
        inline-size: clamp(96px, 42cqmin, 240px);
        aspect-ratio: 1;
        padding: 0;
        border-radius: 50%;
        position: relative;
        touch-action: none;
        user-select: none;
      }
      .orb:disabled {
        opacity: 1;
      }
      .talks .orb {
        inline-size: clamp(72px, 30cqmin, 200px);
      }
      playai-orb {
        position: absolute;
        inset: 0;
        pointer-events: none;
      }
      .orb .glyph {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        color: #fff;
        pointer-events: none;
      }
      .words {
        min-block-size: 2.8em;
      }
      .status {
        margin: 4px 16px 0;
        font-weight: 500;
      }
      .hint {
        margin: 0 16px;
        color: var(--secondary-text-color, #616161);
        font-size: 0.9em;
      }
      playai-captions {
        flex: 1 1 0;
      }
      .notice {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 8px;
        margin: 4px 16px;
        padding: 8px 12px;
        border-radius: 12px;
        background: color-mix(in srgb, var(--warning-color, #ffa600) 18%, transparent);
      }
      .notice.error {
        background: color-mix(in srgb, var(--error-color, #db4437) 16%, transparent);
      }
      .notice.over {
        background: color-mix(in srgb, var(--primary-text-color, #212121) 7%, transparent);
      }
      .notice span {
        flex: 1 1 160px;
      }
      form {
        display: flex;
        align-items: end;
        gap: 4px;
        margin: 4px 12px;
      }
      textarea {
        flex: 1;
        font: inherit;
        color: inherit;
        resize: none;
        field-sizing: content;
        max-block-size: 5lh;
        padding: 9px 14px;
        border-radius: 20px;
        border: 1px solid var(--divider-color, #bdbdbd);
        background: var(--secondary-background-color, transparent);
      }
      .controls {
        display: flex;
        justify-content: center;
        align-items: center;
        gap: 12px;
        padding: 4px 16px 12px;
        min-block-size: 44px;
      }
      .controls .icon {
        background: color-mix(in srgb, var(--primary-text-color, #212121) 9%, transparent);
      }
      .controls .danger {
        background: #c62828;
      }
      .controls .on {
        background: #8a4b00;
      }
      playai-settings {
        position: absolute;
        inset: 44px 0 0;
        z-index: 2;
      }
      @container (max-height: 460px) {
        .talks .stage {
          flex-direction: row;
          gap: 4px;
          text-align: start;
        }
        .talks .orb {
          inline-size: 72px;
        }
        .talks .words {
          min-inline-size: 40%;
          min-block-size: 0;
        }
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    unobserve(this);
    this.call?.hold(false);
  }

  get call(): Call | undefined {
    return calls.with(this.target.agent);
  }

  private get mode(): Mode {
    return this.chosenMode ?? this.target.mode;
  }

  protected override render() {
    const { call } = this;
    const text = this.texts.get;
    const all = call?.transcript.sayings ?? [];
    const sayings = this.captions ? all : all.filter(isOpenQuestion);
    const showsCaptions = sayings.length > 0;
    const hint = hintKey(call, this.mode);
    return html`
      <section class=${showsCaptions ? "talks" : ""} style="display:contents" @keydown=${this.pressed}>
        <header>
          <h2>${this.target.name || call?.agent}</h2>
          <button
            class="icon"
            aria-label=${text("settings")}
            title=${text("settings")}
            aria-expanded=${this.hasSettings}
            @click=${() => (this.hasSettings = !this.hasSettings)}
          >
            ${icon(this.hasSettings ? "close" : "settings")}
          </button>
          ${
            this.corner
              ? html`<button class="icon" aria-label=${text(this.corner)} title=${text(this.corner)} @click=${this.turnCorner}>
                  ${icon(this.corner)}
                </button>`
              : nothing
          }
        </header>
        <div class="stage">
          ${this.orb()}
          <div class="words">
            <p class="status">${text(statusKey(call, this.mode))}</p>
            <p class="hint">${hint ? text(hint) : nothing}</p>
          </div>
        </div>
        ${
          showsCaptions
            ? html`<playai-captions
                .sayings=${sayings}
                .text=${text}
                .confirm=${(id: string, allow: boolean) => call?.confirm(id, allow)}
              ></playai-captions>`
            : nothing
        }
        ${this.notice()} ${call?.isLive && this.isTyping ? this.composer() : nothing} ${this.controls()}
        ${
          this.hasSettings
            ? html`<playai-settings
                .call=${call}
                .text=${text}
                .mode=${this.mode}
                .agentName=${this.target.name}
                @mode-changed=${this.modeChanged}
              ></playai-settings>`
            : nothing
        }
      </section>
    `;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("target") && changed.get("target")?.agent !== this.target.agent) {
      this.chosenMode = undefined;
    }
  }

  private orb() {
    const { call } = this;
    const glyph = !call?.isLive ? "microphone" : call.isMuted ? "muted" : this.canInterrupt ? "stop" : undefined;
    return html`<button
      class="orb"
      aria-label=${this.texts.get(buttonKey(call, this.mode))}
      aria-pressed=${this.mode !== "open" && call?.isLive ? call.isHeld : nothing}
      ?disabled=${this.preview}
      @click=${this.tapped}
      @pointerdown=${this.pointed}
      @pointerup=${this.released}
      @pointercancel=${this.released}
      @keydown=${this.keyHeld}
      @keyup=${this.released}
      @contextmenu=${(event: Event) => event.preventDefault()}
    >
      <playai-orb .phase=${call?.phase ?? "idle"} .muted=${call?.isMuted ?? false} .levels=${call?.levels}></playai-orb>
      <span class="glyph">${glyph ? icon(glyph) : nothing}</span>
    </button>`;
  }

  private notice() {
    const { call } = this;
    const text = this.texts.get;
    if (call?.phase === "failed") {
      const isMicrophone = MICROPHONE_PROBLEMS.has(call.reason);
      return html`<div class="notice error" role="alert">
        <span>${text(errorText(call.reason, this.texts.all))}</span>
        ${
          call.reason === "old_page"
            ? html`<button class="text main" @click=${() => location.reload()}>${text("reload")}</button>`
            : html`<button class="text" @click=${() => this.start(true)}>${text("retry")}</button>`
        }
        ${
          isMicrophone && this.typing
            ? html`<button class="text" @click=${() => this.start(false)}>${text("type_instead")}</button>`
            : nothing
        }
      </div>`;
    }
    if (call?.phase === "ended" && call.reason === "bye") return nothing;
    if (call?.phase === "ended") {
      return html`<div class="notice over" role="status"><span>${text(`ended_${call.reason}` as TextKey)}</span></div>`;
    }
    if (call?.isSoundBlocked) {
      return html`<div class="notice" role="alert">
        <button class="text main" @click=${() => call.unblock()}>${text("hear")}</button>
      </div>`;
    }
    if (!call?.notice) return nothing;
    return html`<div class="notice" role="alert">
      <span>${text(errorText(call.notice, this.texts.all))}</span>
      <button class="icon" aria-label=${text("dismiss")} @click=${() => call.dismissNotice()}>${icon("close")}</button>
    </div>`;
  }

  private composer() {
    const text = this.texts.get;
    return html`<form @submit=${this.send}>
      <textarea
        rows="1"
        maxlength="4000"
        aria-label=${text("message")}
        placeholder=${text("message")}
        @keydown=${this.typed}
      ></textarea>
      <button class="icon main" aria-label=${text("send")} title=${text("send")}>${icon("send")}</button>
    </form>`;
  }

  private controls() {
    const { call } = this;
    const text = this.texts.get;
    if (!call?.isLive) return nothing;
    const mute = text(call.isMuted ? "unmute" : "mute");
    return html`<div class="controls">
      ${
        call.hasMicrophone
          ? html`<button class="icon ${call.isMuted ? "on" : ""}" aria-label=${mute} title=${mute} @click=${this.toggleMute}>
              ${icon(call.isMuted ? "muted" : "microphone")}
            </button>`
          : nothing
      }
      ${
        this.typing && call.features.includes("text")
          ? html`<button
              class="icon"
              aria-label=${text("keyboard")}
              title=${text("keyboard")}
              aria-pressed=${this.isTyping}
              @click=${this.toggleTyping}
            >
              ${icon("keyboard")}
            </button>`
          : nothing
      }
      <button class="icon danger" aria-label=${text("end")} title=${text("end")} @click=${() => call.end()}>
        ${icon("end")}
      </button>
    </div>`;
  }

  private get canInterrupt(): boolean {
    const phase = this.call?.phase;
    return phase === "speaking" || phase === "thinking";
  }

  private start(microphone: boolean): void {
    this.isTyping = !microphone;
    startCall({ ...this.target, mode: this.mode }, { microphone });
  }

  private readonly tapped = (): void => {
    const { call } = this;
    if (!call?.isLive) this.start(true);
    else if (this.mode === "open") call.interrupt();
    else if (this.mode === "toggle") call.hold(!call.isHeld);
  };

  private readonly pointed = (event: PointerEvent): void => {
    if (this.mode !== "hold" || !this.call?.isLive || event.button !== 0) return;
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    this.call.hold(true);
  };

  private readonly keyHeld = (event: KeyboardEvent): void => {
    const isButtonKey = event.key === " " || event.key === "Enter";
    if (this.mode === "hold" && this.call?.isLive && isButtonKey && !event.repeat) this.call.hold(true);
  };

  private readonly released = (): void => {
    if (this.mode === "hold") this.call?.hold(false);
  };

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    if (this.hasSettings) this.hasSettings = false;
    else if (this.call?.isLive && this.canInterrupt) this.call.interrupt();
    else return;
    // A dialog around this stays open.
    event.preventDefault();
    event.stopPropagation();
  };

  private readonly toggleMute = (): void => {
    const call = this.call!;
    if (call.isOff) void call.switchOff(false);
    else call.mute(!call.isMuted);
  };

  private readonly toggleTyping = async (): Promise<void> => {
    this.isTyping = !this.isTyping;
    await this.updateComplete;
    this.box?.focus();
  };

  private readonly typed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.send(event);
    // The frontend has shortcuts of one letter.
    if (event.key !== "Escape") event.stopPropagation();
  };

  private readonly send = (event: Event): void => {
    event.preventDefault();
    const text = this.box?.value.trim();
    if (!text) return;
    this.call?.say(text);
    this.box!.value = "";
  };

  private readonly modeChanged = ({ detail }: CustomEvent<Mode>): void => {
    this.chosenMode = detail;
    if (this.call?.isLive) this.call.setMode(detail);
  };

  private readonly turnCorner = (): void => {
    this.dispatchEvent(new CustomEvent(this.corner, { bubbles: true, composed: true }));
  };
}
