// Registers the card, the badge, the card feature and the panel. Everything else is loaded when one
// of them is shown.

import { type Hass, findAgents, isAgent } from "./home/hass.ts";
import { loadTexts } from "./i18n/texts.ts";

interface Registered {
  type: string;
  name: string;
  [key: string]: unknown;
}

type Config = Record<string, unknown>;

const DOCUMENTATION = "https://github.com/ha-playai/ha-playai/blob/main/docs/talk.md";
const MODES = ["open", "hold", "toggle"] as const;
const DEFAULT_MODE = "open";

/** For a page whose texts are gone, too. */
const OLD_PAGE = {
  error_old_page: "Home Assistant was updated. Please reload this page.",
  reload: "Reload",
};

/** Returns an element for a page that has outlived its modules: Home Assistant was updated. */
const askForReload = async (): Promise<HTMLElement> => {
  const texts = await loadTexts(document.documentElement.lang || "en").catch(() => OLD_PAGE);
  const button = Object.assign(document.createElement("button"), {
    textContent: texts.reload,
    onclick: () => location.reload(),
  });
  const line = document.createElement("div");
  line.style.padding = "16px";
  line.append(`${texts.error_old_page} `, button);
  return line;
};

/** An element that shows another one, which is defined by the module that it loads. */
class Shell extends HTMLElement {
  protected static inner = "";
  #inner: (HTMLElement & Record<string, unknown>) | undefined;
  readonly #given: Record<string, unknown> = {};

  async connectedCallback(): Promise<void> {
    if (this.#inner) return;
    try {
      await import(new URL("./talk.js", import.meta.url).href);
    } catch {
      const line = await askForReload();
      // A later attempt may have succeeded.
      if (!this.#inner) this.replaceChildren(line);
      return;
    }
    if (this.#inner) return;
    const { inner } = this.constructor as typeof Shell;
    this.#inner = Object.assign(document.createElement(inner), this.#given);
    this.style.display ||= "block";
    this.replaceChildren(this.#inner);
  }

  protected give(name: string, value: unknown): void {
    this.#given[name] = value;
    if (this.#inner) this.#inner[name] = value;
  }

  set hass(hass: Hass) {
    this.give("hass", hass);
  }
}

const checkConfig = (config: Config): void => {
  const { agent, mode } = config;
  const isAgentId = typeof agent === "string" && agent.startsWith("conversation.");
  if (agent !== undefined && !isAgentId) throw new Error("agent: a conversation entity is needed");
  if (mode !== undefined && !MODES.includes(mode as never)) {
    throw new Error(`mode: one of ${MODES.join(", ")} is needed`);
  }
};

class Card extends Shell {
  protected static override inner = "playai-card-view";

  /** Includes the mode: the editor of Home Assistant shows no default for a list. */
  static getStubConfig(hass: Hass): Config {
    return { agent: findAgents(hass)[0], mode: DEFAULT_MODE };
  }

  static async getConfigForm(): Promise<Config> {
    const texts = await loadTexts(document.documentElement.lang || "en");
    const options = MODES.map((value) => ({ value, label: texts[`mode_${value}`] }));
    const label = (name: string) => (texts as Record<string, string>)[`config_${name}`];
    return {
      schema: [
        {
          name: "agent",
          required: true,
          selector: { entity: { filter: { domain: "conversation", integration: "playai" } } },
        },
        { name: "name", selector: { text: {} } },
        { name: "area_id", selector: { area: {} } },
        { name: "mode", selector: { select: { options, mode: "dropdown" } } },
        { name: "show_captions", default: true, selector: { boolean: {} } },
        { name: "show_text", default: true, selector: { boolean: {} } },
      ],
      assertConfig: checkConfig,
      computeLabel: ({ name }: { name: string }) => label(name),
      computeHelper: ({ name }: { name: string }) => label(`${name}_helper`),
    };
  }

  setConfig(config: Config): void {
    checkConfig(config);
    this.give("config", config);
  }

  set preview(on: boolean) {
    this.give("preview", on);
  }

  /** The layout of the surrounding view: `grid` sets the height, others use that of the card. */
  set layout(layout: string | undefined) {
    this.give("layout", layout);
  }

  getCardSize(): number {
    return 9;
  }

  getGridOptions(): Config {
    return { columns: 12, rows: 8, min_columns: 6, min_rows: 4 };
  }
}

class Badge extends Shell {
  protected static override inner = "playai-badge-view";

  static getStubConfig(hass: Hass): Config {
    return { agent: findAgents(hass)[0] };
  }

  setConfig(config: Config): void {
    checkConfig(config);
    this.give("config", config);
  }
}

class TalkFeature extends Shell {
  protected static override inner = "playai-feature-view";

  static getStubConfig(): Config {
    return { type: "custom:playai-talk-feature" };
  }

  setConfig(config: Config): void {
    this.give("config", config);
  }

  set context(context: { entity_id?: string }) {
    this.give("agent", context.entity_id);
  }
}

class Panel extends Shell {
  protected static override inner = "playai-panel-view";

  set narrow(narrow: boolean) {
    this.give("narrow", narrow);
  }
}

const register = (list: string, entry: Registered): Registered => {
  const lists = window as unknown as Record<string, Registered[] | undefined>;
  (lists[list] ??= []).push(entry);
  return entry;
};

const define = (tag: string, element: CustomElementConstructor): void => {
  if (!customElements.get(tag)) customElements.define(tag, element);
};

define("playai-card", Card);
define("playai-badge", Badge);
define("playai-talk-feature", TalkFeature);
define("playai-panel", Panel);

const card = register("customCards", {
  type: "playai-card",
  name: "Voice agent",
  description: "Talk with a voice agent, and interrupt it whenever you like.",
  preview: true,
  documentationURL: DOCUMENTATION,
  getEntitySuggestion: (hass: Hass, agent: string) =>
    isAgent(hass, agent)
      ? { config: { type: "custom:playai-card", agent, mode: DEFAULT_MODE } }
      : null,
});
const badge = register("customBadges", {
  type: "playai-badge",
  name: "Talk",
  preview: true,
  documentationURL: DOCUMENTATION,
});
const feature = register("customCardFeatures", {
  type: "playai-talk-feature",
  name: "Talk",
  isSupported: (hass: Hass, context: { entity_id?: string }) =>
    isAgent(hass, context.entity_id ?? ""),
});

/** Translates the lists into the user's language, which the frontend has stored. */
const translateLists = async (): Promise<void> => {
  const stored = localStorage.getItem("selectedLanguage");
  const language: unknown = stored ? JSON.parse(stored) : navigator.language;
  const texts = await loadTexts(typeof language === "string" ? language : "en");
  card.name = texts.card_name;
  card["description"] = texts.card_description;
  badge.name = feature.name = texts.badge_name;
};

translateLists().catch(() => undefined); // The English names stay.
