// Runs the socket outside of the page, whose thread may be busy.

import type { PlayerOutput } from "../audio/ports.ts";
import type { PageMessage } from "../protocol.ts";
import { Link, type LinkEvent } from "./link.ts";

export type LinkCommand =
  | { type: "ports"; microphone: MessagePort; player: MessagePort }
  | { type: "open"; path: string; base: string }
  | { type: "send"; message: PageMessage }
  | { type: "close" };

interface Scope {
  postMessage(event: LinkEvent): void;
  onmessage: ((event: MessageEvent<LinkCommand>) => void) | null;
}

/** Lets commands control a link; `report` gets its events. */
const serve = (report: (event: LinkEvent) => void): ((command: LinkCommand) => void) => {
  let player: MessagePort | undefined;
  const link = new Link({
    connect: (url) => new WebSocket(url),
    report,
    play: (input) =>
      player?.postMessage(input, input.type === "audio" ? [input.samples.buffer] : []),
  });
  return (command) => {
    switch (command.type) {
      case "ports":
        player = command.player;
        player.onmessage = ({ data }: MessageEvent<PlayerOutput>) => link.send(data);
        command.microphone.onmessage = ({ data }: MessageEvent<Uint8Array>) =>
          link.sendMicrophone(data);
        break;
      case "open":
        link.open(command.path, command.base);
        break;
      case "send":
        link.send(command.message);
        break;
      case "close":
        link.close();
    }
  };
};

const scope = globalThis as unknown as Scope;
const command = serve((event) => scope.postMessage(event));
scope.onmessage = ({ data }) => command(data);
