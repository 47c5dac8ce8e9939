// Runs the socket outside of the page's thread, which may be busy.

import type { PlayerOutput } from "../audio/ports.ts";
import type { PageMessage } from "../protocol.ts";
import { Link, type LinkEvent, type Transport } from "./link.ts";
import { type RelayReport, type RelayRequest, RelayedSockets, type TalkSocket } from "./relay.ts";

export type LinkCommand =
  | RelayReport
  | { type: "ports"; microphone: MessagePort; player: MessagePort }
  | { type: "open"; path: string; base: string; transport: Transport }
  | { type: "send"; message: PageMessage }
  | { type: "close" };

interface Scope {
  postMessage(event: LinkEvent | RelayRequest): void;
  onmessage: ((event: MessageEvent<LinkCommand>) => void) | null;
}

/** Lets commands control a link; `post` gets its events, and its requests to the page. */
const serve = (post: Scope["postMessage"]): ((command: LinkCommand) => void) => {
  let player: MessagePort | undefined;
  const relayed = new RelayedSockets(post);
  const link = new Link({
    connect: (url) => new WebSocket(url) as TalkSocket,
    relay: (path) => relayed.open(path),
    report: post,
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
        link.open(command.path, command.base, command.transport);
        break;
      case "send":
        link.send(command.message);
        break;
      case "close":
        link.close();
        break;
      default:
        relayed.handle(command);
    }
  };
};

const scope = globalThis as unknown as Scope;
const command = serve((event) => scope.postMessage(event));
scope.onmessage = ({ data }) => command(data);
