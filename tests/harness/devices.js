// Devices of a page that a test plugs in and unplugs; after microphone.js, which is what they hear.
//
//   testDevices.plug({ microphones: ["Built-in"], speakers: ["Built-in", "Headset"] })
(() => {
  const media = navigator.mediaDevices;
  const open = media.getUserMedia;
  const tracks = new Map();
  let microphones = ["Built-in", "Headset"];
  let speakers = ["Built-in", "Headset"];

  const entry = (kind, label, deviceId = label) => ({ kind, label, deviceId, groupId: label });
  const list = (kind, labels) => {
    const all = labels.map((label) => entry(kind, label));
    return labels.length ? [entry(kind, labels[0], "default"), ...all] : all;
  };
  const live = () => [...tracks].filter(([track]) => track.readyState === "live");

  media.enumerateDevices = async () => [...list("audioinput", microphones), ...list("audiooutput", speakers)];
  media.getUserMedia = async ({ audio }) => {
    const wanted = audio.deviceId?.ideal;
    const label = microphones.includes(wanted) ? wanted : microphones[0];
    if (!label) throw new DOMException("", "NotFoundError");
    const stream = await open({ audio });
    for (const track of stream.getTracks()) {
      Object.defineProperty(track, "label", { value: label });
      tracks.set(track, label);
    }
    return stream;
  };
  AudioContext.prototype.setSinkId = async (id) => {
    if (id && !speakers.includes(id)) throw new DOMException("", "NotFoundError");
    testDevices.speaker = id;
  };

  window.testDevices = {
    speaker: "",
    plug(devices) {
      ({ microphones = microphones, speakers = speakers } = devices);
      for (const [track, label] of live()) {
        if (microphones.includes(label)) continue;
        track.stop();
        track.dispatchEvent(new Event("ended"));
      }
      media.dispatchEvent(new Event("devicechange"));
    },
    /** The names of the microphones that are open. */
    open: () => live().map(([, label]) => label),
    /** Mutes all microphones, as a switch on them does. */
    mute(on) {
      for (const [track] of live()) {
        Object.defineProperty(track, "muted", { value: on, configurable: true });
        track.dispatchEvent(new Event(on ? "mute" : "unmute"));
      }
    },
  };
})();
