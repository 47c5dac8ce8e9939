// A shape that moves with the voices.

import { LitElement, type PropertyValues, css, html } from "lit";
import { property, query } from "lit/decorators.js";
import type { Phase } from "../engine/phase.ts";
import { define } from "./define.ts";
import { type OrbShape, orbShape } from "./orb-shape.ts";

const LAYERS = [
  { alpha: 0.22, grow: 1.16, pace: 0.7, waves: 3 },
  { alpha: 0.34, grow: 1.07, pace: -0.9, waves: 4 },
  { alpha: 1, grow: 1, pace: 1, waves: 3 },
];
const STEPS = 72;
/** The share of the way to a new shape that each frame covers. */
const FOLLOW = 0.22;
const SECONDS = 1 / 1000;

@define("playai-orb")
export class Orb extends LitElement {
  @property() phase: Phase = "idle";
  @property({ type: Boolean }) muted = false;
  @property({ attribute: false }) levels = { user: 0, agent: 0 };
  @query("canvas") private readonly canvas!: HTMLCanvasElement;
  private frame = 0;
  private shown: OrbShape | undefined;
  private colors: Record<OrbShape["color"], string> | undefined;
  private readonly stillness = matchMedia("(prefers-reduced-motion: reduce)");
  private readonly sizes = new ResizeObserver(() => this.draw());

  static override styles = css`
    :host {
      display: block;
      --orb-user: var(--primary-color, #03a9f4);
      --orb-agent: var(--playai-agent-color, var(--accent-color, #ff9800));
      --orb-problem: var(--error-color, #db4437);
      --orb-idle: var(--disabled-text-color, #9e9e9e);
    }
    canvas {
      display: block;
      inline-size: 100%;
      block-size: 100%;
    }
  `;

  override connectedCallback(): void {
    super.connectedCallback();
    this.sizes.observe(this);
    this.draw();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.sizes.disconnect();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  protected override render() {
    return html`<canvas></canvas>`;
  }

  protected override updated(_changed: PropertyValues): void {
    this.colors = undefined; // The theme may have changed.
    this.draw();
  }

  private readonly draw = (): void => {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const context = this.canvas?.getContext("2d");
    if (!context || !this.isConnected) return;
    const wanted = orbShape({ phase: this.phase, isMuted: this.muted, ...this.levels });
    const isStill = this.stillness.matches;
    const shape = isStill ? { ...wanted, wobble: 0 } : this.approach(wanted);
    this.paint(context, shape, isStill ? 0 : performance.now() * SECONDS);
    if (wanted.speed > 0 && !isStill) this.frame = requestAnimationFrame(this.draw);
  };

  private approach(wanted: OrbShape): OrbShape {
    const from = this.shown ?? wanted;
    const mix = (a: number, b: number) => a + (b - a) * FOLLOW;
    this.shown =
      wanted.speed === 0
        ? wanted
        : {
            ...wanted,
            radius: mix(from.radius, wanted.radius),
            wobble: mix(from.wobble, wanted.wobble),
          };
    return this.shown;
  }

  private paint(context: CanvasRenderingContext2D, shape: OrbShape, time: number): void {
    const ratio = devicePixelRatio;
    const size = Math.round(this.clientWidth * ratio);
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    context.clearRect(0, 0, size, size);
    const half = size / 2;
    context.fillStyle = context.strokeStyle = this.color(shape.color);
    for (const { alpha, grow, pace, waves } of LAYERS) {
      context.globalAlpha = alpha;
      const radius = Math.min(0.98, shape.radius * grow) * half;
      context.beginPath();
      for (let step = 0; step <= STEPS; step++) {
        const angle = (2 * Math.PI * step) / STEPS;
        const wave =
          Math.sin(waves * angle + time * pace * 2.1) + Math.sin((waves - 1) * angle - time * pace * 1.3);
        const distance = Math.min(half, radius * (1 + (shape.wobble * wave) / 2));
        context.lineTo(half + distance * Math.cos(angle), half + distance * Math.sin(angle));
      }
      context.fill();
    }
    context.globalAlpha = 1;
    if (shape.isWaiting) {
      context.lineWidth = 3 * ratio;
      context.lineCap = "round";
      context.beginPath();
      const start = time * 2.5;
      context.arc(half, half, half * 0.9, start, start + Math.PI / 2);
      context.stroke();
    }
  }

  private color(name: OrbShape["color"]): string {
    if (!this.colors) {
      const style = getComputedStyle(this);
      const read = (key: string) => style.getPropertyValue(`--orb-${key}`).trim();
      this.colors = {
        user: read("user"),
        agent: read("agent"),
        problem: read("problem"),
        idle: read("idle"),
      };
    }
    return this.colors[name];
  }
}
