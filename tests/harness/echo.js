// A room in which the microphone hears what a talk plays; after microphone.js.
//
//   Object.assign(testEcho, { plain: 0.3, cancelled: 0.001 })   gains without and with cancellation
(() => {
  const media = navigator.mediaDevices;
  const open = media.getUserMedia;
  const rooms = [];
  const players = [];
  const connect = ({ context, gain }, stream) => context.createMediaStreamSource(stream).connect(gain);

  media.getUserMedia = async ({ audio }) => {
    const context = new AudioContext();
    await context.resume();
    const gain = context.createGain();
    gain.gain.value = audio.echoCancellation === false ? testEcho.plain : testEcho.cancelled;
    const output = context.createMediaStreamDestination();
    gain.connect(output);
    context.createMediaStreamSource(await open({ audio })).connect(output);
    const room = { context, gain };
    rooms.push(room);
    for (const player of players) connect(room, player);
    return output.stream;
  };

  const Original = AudioWorkletNode;
  window.AudioWorkletNode = class extends Original {
    constructor(context, name, options) {
      super(context, name, options);
      if (name !== "playai-player") return;
      const output = context.createMediaStreamDestination();
      this.connect(output);
      players.push(output.stream);
      for (const room of rooms) connect(room, output.stream);
    }
  };
  window.testEcho = { plain: 0, cancelled: 0 };
})();
