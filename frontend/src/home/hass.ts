// The part of the frontend's `hass` object that is used here.

/** Home Assistant's own connection. */
export interface HomeConnection {
  readonly connected: boolean;
  readonly socket?: WebSocket;
  subscribeMessage<T>(
    callback: (event: T) => void,
    message: { type: string },
    options: { resubscribe: boolean },
  ): Promise<unknown>;
  addEventListener(type: "disconnected", listener: () => void): void;
}

export interface Hass {
  connection: HomeConnection;
  callWS<T>(message: Record<string, unknown>): Promise<T>;
  hassUrl(path?: string): string;
  states: Record<string, { state: string; attributes: Record<string, unknown> } | undefined>;
  entities: Record<string, { platform?: string } | undefined>;
  locale: { language: string };
}

export const DOMAIN = "playai";

export const isAgent = (hass: Hass, entityId: string): boolean =>
  entityId.startsWith("conversation.") && hass.entities[entityId]?.platform === DOMAIN;

/** Returns the agents of the home. */
export const findAgents = (hass: Hass): string[] =>
  Object.keys(hass.entities).filter((entityId) => isAgent(hass, entityId));

export const nameOf = (hass: Hass, entityId: string): string => {
  const name = hass.states[entityId]?.attributes["friendly_name"];
  return typeof name === "string" ? name : entityId;
};
