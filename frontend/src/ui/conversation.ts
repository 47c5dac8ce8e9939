// A view of the conversation with one agent: the same in a card, in a dialog and as a page.

import { LitElement, type PropertyValues, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { Call } from "../engine/call.ts";
import { calls } from "../engine/calls.ts";
import type { Mode } from "../engine/opening.ts";
import { isOpenQuestion } from "../engine/transcript.ts";
import { getHass } from "../home/current.ts";
import type { TextKey } from "../i18n/texts.ts";
import { CallsController } from "./calls-controller.ts";
import "./captions.ts";
import type { Draft } from "./composer.ts";
import "./composer.ts";
import { layout } from "./conversation-styles.ts";
import { define } from "./define.ts";
import { icon } from "./icons.ts";
import { notice } from "./notice.ts";
import { observe, unobserve } from "./presence.ts";
import "./settings.ts";
import { buttonKey, canInterrupt, hintKey, statusKey } from "./status.ts";
import { buttons } from "./styles.ts";
import "./talk-button.ts";
import { type Target, startCall } from "./target.ts";
import { TextsController } from "./texts-controller.ts";

@define("playai-conversation")
export class Conversation extends LitElement {
  @property({ attribute: false }) target: Target = { agent: "", name: "", mode: "open" };
  @property({ type: Boolean }) captions = true;
  @property({ type: Boolean }) typing = true;
  @property({ type: Boolean }) preview = false;
  /** Whether a larger view can be opened, this is that view and can be closed, or neither. */
  @property() corner: "expand" | "close" | "" = "expand";
  @state() private chosenMode: Mode | undefined;
  @state() private hasSettings = false;
  @state() private isTyping = false;
  private draft: Draft = { text: "" };
  @query("playai-composer") private readonly composer!: HTMLElement | null;
  @query("playai-settings") private readonly settings!: HTMLElement | null;
  @query(".settings") private readonly settingsButton!: HTMLElement;
  private readonly texts = new TextsController(this, () => getHass()?.locale.language ?? "en");

  static override styles = [buttons, layout];

  constructor() {
    super();
    new CallsController(this);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    unobserve(this);
  }

  get call(): Call | undefined {
    return calls.with(this.target.agent);
  }

  private get mode(): Mode {
    const { call } = this;
    return call?.isLive ? call.mode : (this.chosenMode ?? this.target.mode);
  }

  protected override render() {
    const { call, mode } = this;
    const text = this.texts.get;
    const all = call?.transcript.sayings ?? [];
    const sayings = this.captions ? all : all.filter(isOpenQuestion);
    const showsCaptions = sayings.length > 0;
    const hint = hintKey(call, mode);
    return html`
      <section class=${showsCaptions ? "talks" : ""} style="display:contents" @keydown=${this.pressed}>
        ${this.header()}
        <div class="body">
          <div class="talk" ?inert=${this.hasSettings}>
            <div class="stage">
              <playai-talk-button
                .call=${call}
                .mode=${mode}
                .label=${text(buttonKey(call, mode))}
                .disabled=${this.preview}
                @talk=${() => this.start(true)}
              ></playai-talk-button>
              <div class="words">
                <p class="status">${text(statusKey(call, mode))}</p>
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
          </div>
          ${
            this.hasSettings
              ? html`<playai-settings
                  role="group"
                  tabindex="-1"
                  aria-label=${text("settings")}
                  .call=${call}
                  .text=${text}
                  .mode=${mode}
                  .agentName=${this.target.name}
                  @mode-changed=${this.modeChanged}
                ></playai-settings>`
              : nothing
          }
        </div>
        ${notice(call, this.texts, { typing: this.typing, start: (microphone) => this.start(microphone) })}
        ${call?.isLive && this.isTyping ? html`<playai-composer .call=${call} .text=${text} .draft=${this.draft}></playai-composer>` : nothing}
        ${this.controls()}
      </section>
    `;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("target") && changed.get("target")?.agent !== this.target.agent) {
      this.chosenMode = undefined;
      this.draft = { text: "" };
    }
  }

  private header() {
    const { call, corner, hasSettings } = this;
    const microphone = this.texts.get(call?.isHeard ? "microphone_open" : "microphone_ready");
    const toggle = this.texts.get(hasSettings ? "close_settings" : "settings");
    return html`<header>
      <h2>${this.target.name || this.call?.agent}</h2>
      ${
        call?.isMicrophoneOn && !call.isMuted
          ? html`<span
              class="dot ${call.isHeard ? "" : "ready"}"
              role="img"
              aria-label=${microphone}
              title=${microphone}
            ></span>`
          : nothing
      }
      <button class="icon settings" aria-label=${toggle} title=${toggle} @click=${this.toggleSettings}>
        ${icon(hasSettings ? "close" : "settings")}
      </button>
      ${corner ? this.iconButton(corner, icon(corner), this.turnCorner) : nothing}
    </header>`;
  }

  private controls() {
    const { call } = this;
    if (!call?.isLive) return nothing;
    const { isMuted } = call;
    return html`<div class="controls">
      ${
        call.hasMicrophone
          ? this.iconButton(
              isMuted ? "unmute" : "mute",
              icon(isMuted ? "muted" : "microphone"),
              () => call.toggleMute(),
              isMuted ? "on" : "",
            )
          : nothing
      }
      ${
        this.typing && call.features.includes("text")
          ? html`<button
              class="icon"
              aria-label=${this.texts.get("keyboard")}
              title=${this.texts.get("keyboard")}
              aria-pressed=${this.isTyping}
              @click=${this.toggleTyping}
            >
              ${icon("keyboard")}
            </button>`
          : nothing
      }
      ${this.iconButton("end", icon("end"), () => call.end(), "danger")}
    </div>`;
  }

  private iconButton(name: TextKey, picture: unknown, clicked: () => void, kind = "") {
    const label = this.texts.get(name);
    return html`<button class="icon ${kind}" aria-label=${label} title=${label} @click=${clicked}>
      ${picture}
    </button>`;
  }

  private start(microphone: boolean): void {
    this.isTyping = !microphone;
    startCall({ ...this.target, mode: this.mode }, { microphone });
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    if (this.hasSettings) void this.toggleSettings();
    else if (canInterrupt(this.call)) this.call!.interrupt();
    else return;
    // A dialog around this stays open.
    event.preventDefault();
    event.stopPropagation();
  };

  /** Opens or closes the settings; the focus moves into them, or back to their button. */
  private readonly toggleSettings = async (): Promise<void> => {
    this.hasSettings = !this.hasSettings;
    await this.updateComplete;
    (this.settings ?? this.settingsButton).focus();
  };

  private readonly toggleTyping = async (): Promise<void> => {
    this.isTyping = !this.isTyping;
    await this.updateComplete;
    this.composer?.focus();
  };

  private readonly modeChanged = ({ detail }: CustomEvent<Mode>): void => {
    this.chosenMode = detail;
    if (this.call?.isLive) this.call.setMode(detail);
  };

  private readonly turnCorner = (): void => {
    this.dispatchEvent(new CustomEvent(this.corner, { bubbles: true, composed: true }));
  };
}
