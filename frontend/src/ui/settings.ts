// Devices, volume, how to speak, and measurements.

import { LitElement, css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import type { Call } from "../engine/call.ts";
import type { Mode } from "../engine/opening.ts";
import { canChooseSpeaker } from "../engine/platform.ts";
import { asText } from "../engine/transcript.ts";
import type { TextKey } from "../i18n/texts.ts";
import { CallsController } from "./calls-controller.ts";
import { define } from "./define.ts";
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
  @state() private devices: MediaDeviceInfo[] = [];
  @state() private copied: TextKey | undefined;

  constructor() {
    super();
    new CallsController(this);
  }

  private readonly list = () => void this.listDevices();

  static override styles = [
    buttons,
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
      label {
        display: grid;
        gap: 4px;
        font-size: 0.9em;
      }
      select,
      input {
        font: inherit;
        min-block-size: 36px;
        inline-size: 100%;
        box-sizing: border-box;
        color: inherit;
        background: var(--secondary-background-color, #eee);
        border: 1px solid var(--divider-color, #ccc);
        border-radius: 8px;
        accent-color: var(--primary-color, #03a9f4);
      }
      select {
        padding-inline: 8px;
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      dl {
        display: grid;
        grid-template-columns: 1fr auto;
        gap: 4px 16px;
        margin: 8px 0;
      }
      dd {
        margin: 0;
        text-align: end;
        font-variant-numeric: tabular-nums;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    navigator.mediaDevices?.addEventListener("devicechange", this.list);
    this.list();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    navigator.mediaDevices?.removeEventListener("devicechange", this.list);
  }

  protected override render() {
    const { call, text } = this;
    const chosen = readPreferences();
    return html`
      ${this.select("audioinput", "microphone", chosen.microphone, this.chooseMicrophone)}
      ${canChooseSpeaker() ? this.select("audiooutput", "speaker", chosen.speaker, this.chooseSpeaker) : nothing}
      <label>
        ${text("volume")}
        <input type="range" min="0" max="1" step="0.05" .value=${String(chosen.volume)} @input=${this.changeVolume} />
      </label>
      <label>
        ${text("mode")}
        <select @change=${this.changeMode}>
          ${MODES.map((mode) => html`<option value=${mode} ?selected=${mode === this.mode}>${text(`mode_${mode}`)}</option>`)}
        </select>
      </label>
      <div class="actions">
        ${
          call?.isLive
            ? html`<button class="text" @click=${() => call.again()}>${text("again")}</button>`
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
          call?.transcript.sayings.length
            ? html`<button class="text" @click=${this.copyText}>${text(this.copied === "copy" ? "copied" : "copy")}</button>`
            : nothing
        }
      </div>
      ${call ? this.figures(call) : nothing}
    `;
  }

  private select(kind: MediaDeviceKind, name: TextKey, chosen: string, change: (event: Event) => void) {
    const devices = this.devices.filter((each) => each.kind === kind && each.deviceId && each.deviceId !== "default");
    return html`<label>
      ${this.text(name)}
      <select @change=${change}>
        <option value="" ?selected=${!chosen}>${this.text("device_default")}</option>
        ${devices.map(
          ({ deviceId, label }) =>
            html`<option value=${deviceId} ?selected=${deviceId === chosen}>${label || deviceId.slice(0, 8)}</option>`,
        )}
      </select>
    </label>`;
  }

  private figures(call: Call) {
    const { responseMs, agentMs, underruns, resumes, echoDb } = call.figures;
    const rows: [TextKey, string | undefined][] = [
      ["figure_response", responseMs === undefined ? undefined : `${Math.round(responseMs)} ms`],
      ["figure_agent", agentMs === undefined ? undefined : `${Math.round(agentMs)} ms`],
      ["figure_underruns", `${underruns}`],
      ["figure_resumes", `${resumes}`],
      ["figure_echo", echoDb === undefined ? undefined : `${Math.round(echoDb)} dB`],
    ];
    return html`<details>
      <summary>${this.text("figures")}</summary>
      <dl>
        ${rows.map(([key, value]) => (value === undefined ? nothing : html`<dt>${this.text(key)}</dt><dd>${value}</dd>`))}
      </dl>
      <button class="text" @click=${this.copyFigures}>
        ${this.text(this.copied === "copy_figures" ? "copied" : "copy_figures")}
      </button>
    </details>`;
  }

  private async listDevices(): Promise<void> {
    this.devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  }

  private readonly chooseMicrophone = (event: Event): void => {
    changePreferences({ microphone: valueOf(event) });
    if (this.call?.isLive) void this.call.useMicrophone(valueOf(event));
  };

  private readonly chooseSpeaker = (event: Event): void => {
    changePreferences({ speaker: valueOf(event) });
    if (this.call?.isLive) void this.call.useSpeaker(valueOf(event));
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

  private readonly copyText = (): void => {
    const text = asText(this.call!.transcript, this.text("you"), this.agentName);
    void this.copy(text, "copy");
  };

  private readonly copyFigures = (): void => {
    const { figures, phase, reason, features, mode } = this.call!;
    const report = { ...figures, phase, reason, features, mode, browser: navigator.userAgent };
    void this.copy(JSON.stringify(report, null, 2), "copy_figures");
  };

  private async copy(text: string, button: TextKey): Promise<void> {
    await navigator.clipboard.writeText(text);
    this.copied = button;
  }
}
