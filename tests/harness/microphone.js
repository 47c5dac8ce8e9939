// Replaces the microphone of a page by one in a quiet room, where `speak` speaks.
(() => {
  let context, output, air;
  // What reads streams now. On a busy machine the page reads its microphone long after it has
  // opened it, and does not hear what is said until then.
  const sources = new WeakMap();
  const { connect, disconnect } = AudioNode.prototype;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (this instanceof MediaStreamAudioSourceNode) sources.set(this.mediaStream, this);
    return connect.call(this, target, ...rest);
  };
  AudioNode.prototype.disconnect = function (...rest) {
    if (this instanceof MediaStreamAudioSourceNode) sources.delete(this.mediaStream);
    return disconnect.call(this, ...rest);
  };
  const isRead = (stream) => sources.get(stream)?.context.state === "running";
  const isOpen = () =>
    output !== undefined &&
    isRead(output.stream) &&
    output.stream.getTracks().every((track) => track.enabled && track.readyState === "live");

  const room = () => {
    const noise = context.createBuffer(1, context.sampleRate, context.sampleRate);
    const samples = noise.getChannelData(0);
    for (let i = 0; i < samples.length; i++) samples[i] = (Math.random() - 0.5) / 5000;
    return new AudioBufferSourceNode(context, { buffer: noise, loop: true });
  };

  navigator.mediaDevices.getUserMedia = async () => {
    context ??= new AudioContext();
    air ??= context.createGain();
    await context.resume();
    output = context.createMediaStreamDestination();
    // All microphones that are open hear the same.
    air.connect(output);
    const noise = room();
    noise.connect(output);
    noise.start();
    return output.stream;
  };

  const speak = async (wav) => {
    const bytes = Uint8Array.from(atob(wav), (character) => character.charCodeAt(0));
    const source = context.createBufferSource();
    source.buffer = await context.decodeAudioData(bytes.buffer);
    source.connect(air);
    const ended = new Promise((resolve) => (source.onended = resolve));
    source.start();
    testMicrophone.isSpeaking = true;
    await ended;
    testMicrophone.isSpeaking = false;
  };

  // Resolves once the microphone has been closed after that, even if it is open again by now.
  const speakUntilClosed = async (wav) => {
    const closed = new Promise((resolve) => {
      const timer = setInterval(() => {
        if (isOpen()) return;
        clearInterval(timer);
        resolve();
      }, 50);
    });
    await speak(wav);
    await closed;
  };

  window.testMicrophone = { isOpen, speak, speakUntilClosed, isSpeaking: false };
})();
