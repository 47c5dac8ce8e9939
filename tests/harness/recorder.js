// Records what the player of a talk plays, sample for sample, before the volume.
(() => {
  const recorder = `
    registerProcessor("test-recorder", class extends AudioWorkletProcessor {
      process([[samples]]) {
        if (samples) this.port.postMessage(samples.slice());
        return true;
      }
    });`;
  const url = URL.createObjectURL(new Blob([recorder], { type: "text/javascript" }));
  const played = []; // Chunks of 16-bit samples.
  window.testPlayed = async () => {
    const data = await new Response(new Blob(played)).arrayBuffer();
    return new Uint8Array(data).toBase64();
  };
  const Original = AudioWorkletNode;
  window.AudioWorkletNode = class extends Original {
    constructor(context, name, options) {
      super(context, name, options);
      if (name === "playai-player") this.record(context);
    }
    async record(context) {
      await context.audioWorklet.addModule(url);
      const node = new Original(context, "test-recorder", { numberOfOutputs: 0 });
      node.port.onmessage = ({ data }) => {
        played.push(Int16Array.from(data, (sample) => Math.round(sample * 32768)));
      };
      this.connect(node);
      window.testRecorder = node;
    }
  };
})();
