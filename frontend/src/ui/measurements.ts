// Measurements: the speed of the last answer, the connection, and the echo of this device.

import { LitElement, css, html, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import type { Call } from "../engine/call.ts";
import { type Echo, EchoMeter, verdictOf } from "../engine/echo-meter.ts";
import { findObstacle, microphoneProblem } from "../engine/platform.ts";
import type { Transport } from "../engine/transport/link.ts";
import type { TextKey } from "../i18n/texts.ts";
import { CallsController } from "./calls-controller.ts";
import { copyText } from "./clipboard.ts";
import { define } from "./define.ts";
import { readPreferences } from "./preferences.ts";
import { buttons } from "./styles.ts";

const rounded = (value: number | undefined, unit: string): string | undefined =>
  value === undefined ? undefined : `${Math.round(value)} ${unit}`;

/** Names, which are the same in every language. */
const TRANSPORTS: Readonly<Record<Transport, string>> = {
  socket: "WebSocket",
  connection: "Home Assistant",
};

@define("playai-measurements")
export class Measurements extends LitElement {
  @property({ attribute: false }) call: Call | undefined;
  @property({ attribute: false }) text: (key: TextKey) => string = () => "";
  @state() private echo: Echo | undefined;
  /** Why there is no measurement. */
  @state() private problem: TextKey | undefined;
  @state() private meter: EchoMeter | undefined;
  @state() private isCopied = false;

  constructor() {
    super();
    new CallsController(this);
  }

  static override styles = [
    buttons,
    css`
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
      p {
        margin: 8px 0;
      }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.meter?.close();
  }

  protected override willUpdate(): void {
    // A talk needs the devices.
    if (this.call?.isLive) this.meter?.close();
  }

  protected override render() {
    const { call, text } = this;
    return html`<details>
      <summary>${text("figures")}</summary>
      <dl>
        ${this.rows().map(([key, value]) => (value === undefined ? nothing : html`<dt>${text(key)}</dt><dd>${value}</dd>`))}
      </dl>
      <p role="status">${this.result()}</p>
      ${
        call?.isLive
          ? nothing
          : html`<button class="text" ?disabled=${this.meter !== undefined} @click=${this.measure}>${text("echo_test")}</button>`
      }
      <button class="text" @click=${this.copy}>${text(this.isCopied ? "copied" : "copy_figures")}</button>
    </details>`;
  }

  private rows(): [TextKey, string | undefined][] {
    const { call, echo } = this;
    const figures = call?.figures;
    return [
      ["figure_response", rounded(figures?.responseMs, "ms")],
      ["figure_agent", rounded(figures?.agentMs, "ms")],
      ["figure_round_trip", rounded(figures?.roundTripMs, "ms")],
      ["figure_underruns", figures && `${figures.underruns}`],
      ["figure_transport", figures?.transport && TRANSPORTS[figures.transport]],
      ["figure_resumes", figures && `${figures.resumes}`],
      ["figure_echo", rounded(figures?.echoDb, "dB")],
      ["figure_room", rounded(echo?.room, "dB")],
      ["figure_raw", rounded(echo?.raw, "dB")],
      ["figure_left", rounded(echo?.left, "dB")],
    ];
  }

  private result(): string {
    if (this.meter) return this.text("echo_testing");
    if (this.problem) return this.text(this.problem);
    return this.echo ? this.text(`echo_${verdictOf(this.echo)}`) : "";
  }

  /** Opens the audio at once: browsers start none after the tap was handled. */
  private readonly measure = async (): Promise<void> => {
    this.echo = this.problem = undefined;
    const obstacle = findObstacle();
    if (obstacle) {
      this.problem = `error_${obstacle}`;
      return;
    }
    this.meter = new EchoMeter({ ...readPreferences(), mode: "open" });
    try {
      this.echo = await this.meter.measure();
    } catch (error) {
      if (!this.call?.isLive) this.problem = `error_${microphoneProblem(error)}`;
    } finally {
      this.meter = undefined;
    }
  };

  /** Copies figures only: no words, no names. */
  private readonly copy = async (): Promise<void> => {
    const { call, echo } = this;
    const about = call && { phase: call.phase, reason: call.reason, features: call.features, mode: call.mode };
    const report = { ...call?.figures, ...about, echo, browser: navigator.userAgent };
    this.isCopied = await copyText(JSON.stringify(report, null, 2));
  };
}
