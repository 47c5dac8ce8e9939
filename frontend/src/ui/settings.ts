// Settings of a talk: microphone, loudspeaker and mode, other actions, and measurements.

import { LitElement, css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import type { Call } from "../engine/call.ts";
import type { Mode } from "../engine/opening.ts";
import { asText } from "../engine/transcript.ts";
import type { TextKey } from "../i18n/texts.ts";
import { CallsController } from "./calls-controller.ts";
import { copyText } from "./clipboard.ts";
import { define } from "./define.ts";
import "./devices.ts";
import { fields } from "./fields.ts";
import "./measurements.ts";
import { changePreferences, readPreferences } from "./preferences.ts";
import { buttons } from "./styles.ts";

const MODES: readonly Mode[] = ["open", "hold", "toggle"];

const valueOf = (event: Event): string => (event.target as HTMLInputElement).value;

@define("playai-settings")
export class Settings extends LitElement {
  @property({ attribute: false }) call: Call | undefined;
  @property({ attribute: false }) text: (key: TextKey) => string = () => "";
  @property() mode: Mode = "open";
  @property() agentName = "";
  /** The last action, whose button confirms it. */
  @state() private last: TextKey | undefined;

  constructor() {
    super();
    new CallsController(this);
  }

  static override styles = [
    buttons,
    fields,
    css`
      :host {
        display: grid;
        align-content: start;
        gap: 12px;
        padding: 12px 16px 16px;
        overflow-y: auto;
        color: var(--primary-text-color, #212121);
        background: var(--ha-card-background, var(--card-background-color, #fff));
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  protected override render() {
    const { call, text } = this;
    const hasWords = Boolean(call?.transcript.sayings.length);
    return html`
      <playai-devices .call=${call} .text=${text}></playai-devices>
      <label>
        ${text("volume")}
        <input type="range" min="0" max="1" step="0.05" .value=${String(readPreferences().volume)} @input=${this.changeVolume} />
      </label>
      <label>
        ${text("mode")}
        <select @change=${this.changeMode}>
          ${MODES.map((mode) => html`<option value=${mode} ?selected=${mode === this.mode}>${text(`mode_${mode}`)}</option>`)}
        </select>
      </label>
      <div class="actions">
        ${
          call?.isLive || hasWords
            ? html`<button class="text" @click=${this.startAgain}>${text(this.last === "again" ? "done" : "again")}</button>`
            : nothing
        }
        ${
          call?.isLive && call.hasMicrophone
            ? html`<button class="text" aria-pressed=${call.isOff} @click=${() => call.switchOff(!call.isOff)}>
                ${text("microphone_off")}
              </button>`
            : nothing
        }
        ${
          hasWords
            ? html`<button class="text" @click=${this.copyWords}>${text(this.last === "copy" ? "copied" : "copy")}</button>`
            : nothing
        }
      </div>
      <playai-measurements .call=${call} .text=${text}></playai-measurements>
    `;
  }

  private readonly startAgain = (): void => {
    if (this.call?.isLive) this.call.again();
    else this.call?.forget();
    this.last = "again";
  };

  private readonly changeVolume = (event: Event): void => {
    const volume = Number(valueOf(event));
    changePreferences({ volume });
    if (this.call) this.call.volume = volume;
  };

  private readonly changeMode = (event: Event): void => {
    const detail = valueOf(event) as Mode;
    this.dispatchEvent(new CustomEvent("mode-changed", { detail }));
  };

  private readonly copyWords = async (): Promise<void> => {
    const words = asText(this.call!.transcript, this.text("you"), this.agentName);
    if (await copyText(words)) this.last = "copy";
  };
}
