// The microphone and the speaker of this browser.

import { LitElement, type PropertyValues, css, html, nothing } from "lit";
import { property, query, state } from "lit/decorators.js";
import type { Call } from "../engine/call.ts";
import { canChooseSpeaker } from "../engine/platform.ts";
import type { TextKey } from "../i18n/texts.ts";
import { CallsController } from "./calls-controller.ts";
import { define } from "./define.ts";
import { fields } from "./fields.ts";
import { changePreferences, readPreferences } from "./preferences.ts";
import { buttons } from "./styles.ts";

/** Entries of a browser's list that stand for other entries. */
const ALIASES: ReadonlySet<string> = new Set(["", "default", "communications"]);

const optionOf = (event: Event): [id: string, name: string] => {
  const { value, selectedOptions } = event.target as HTMLSelectElement;
  return [value, value && (selectedOptions[0]?.text ?? "")];
};

@define("playai-devices")
export class DeviceChoice extends LitElement {
  @property({ attribute: false }) call: Call | undefined;
  @property({ attribute: false }) text: (key: TextKey) => string = () => "";
  @state() private devices: MediaDeviceInfo[] = [];
  @query("meter") private readonly meter!: HTMLMeterElement | null;
  private inUse = "";
  private frame = 0;

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
        gap: 12px;
      }
      meter {
        inline-size: 100%;
        block-size: 10px;
      }
      .name {
        color: var(--secondary-text-color, #616161);
        overflow-wrap: anywhere;
      }
    `,
  ];

  override connectedCallback(): void {
    super.connectedCallback();
    navigator.mediaDevices?.addEventListener("devicechange", this.list);
    void this.list();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    navigator.mediaDevices?.removeEventListener("devicechange", this.list);
    cancelAnimationFrame(this.frame);
  }

  protected override render() {
    const { call, text } = this;
    const chosen = readPreferences();
    const isOn = call?.isMicrophoneOn;
    return html`
      <label>
        ${text("microphone")}
        ${this.select("audioinput", chosen.microphone, chosen.microphoneName, this.chooseMicrophone)}
      </label>
      ${
        isOn
          ? html`<div class="name">
              ${call.microphoneName}
              <meter aria-label=${text("level")} min="0" max="1"></meter>
            </div>`
          : nothing
      }
      ${
        canChooseSpeaker()
          ? html`<label>
              ${text("speaker")}
              ${this.select("audiooutput", chosen.speaker, chosen.speakerName, this.chooseSpeaker)}
            </label>`
          : nothing
      }
    `;
  }

  protected override updated(_changed: PropertyValues): void {
    // Browsers give the names of devices only to a page that may use them.
    const inUse = this.call?.microphoneName ?? "";
    if (inUse !== this.inUse) void this.list();
    this.inUse = inUse;
    cancelAnimationFrame(this.frame);
    if (this.meter) this.frame = requestAnimationFrame(this.showLevel);
  }

  private select(kind: MediaDeviceKind, chosen: string, name: string, change: (event: Event) => void) {
    const devices = this.devices.filter((each) => each.kind === kind && !ALIASES.has(each.deviceId));
    const isListed = !chosen || devices.some(({ deviceId }) => deviceId === chosen);
    // Before the microphone is allowed, a browser shows no devices.
    const missing = devices.length ? `${name} (${this.text("device_missing")})` : name;
    return html`<select @change=${change}>
      <option value="" ?selected=${!chosen}>${this.text("device_default")}</option>
      ${isListed ? nothing : html`<option value=${chosen} selected>${missing}</option>`}
      ${devices.map(
        ({ deviceId, label }) =>
          html`<option value=${deviceId} ?selected=${deviceId === chosen}>${label || deviceId.slice(0, 8)}</option>`,
      )}
    </select>`;
  }

  private readonly list = async (): Promise<void> => {
    this.devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  };

  private readonly showLevel = (): void => {
    if (!this.meter || !this.call) return;
    this.meter.value = this.call.levels.user;
    this.frame = requestAnimationFrame(this.showLevel);
  };

  private readonly chooseMicrophone = (event: Event): void => {
    const [microphone, microphoneName] = optionOf(event);
    changePreferences({ microphone, microphoneName });
    if (this.call?.isLive) void this.call.useMicrophone(microphone);
  };

  private readonly chooseSpeaker = (event: Event): void => {
    const [speaker, speakerName] = optionOf(event);
    changePreferences({ speaker, speakerName });
    if (this.call?.isLive) void this.call.useSpeaker(speaker);
  };
}
