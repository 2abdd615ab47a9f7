// The microphone, as a WAV file: what browsers record themselves is of a kind that only ffmpeg reads.
const AS_IT_SOUNDS = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

// Begins to record; gives a function that ends it and gives the file.
export async function record() {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("this browser gives pages no access to a microphone");
  const stream = await navigator.mediaDevices.getUserMedia({ audio: AS_IT_SOUNDS });
  const recorder = new MediaRecorder(stream);
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const ended = new Promise((done) => recorder.addEventListener("stop", done)); // a microphone may be pulled out, too
  recorder.start();
  return async () => {
    recorder.stop();
    await ended;
    stream.getTracks().forEach((track) => track.stop());
    return asWav(new Blob(parts), `Recording ${new Date().toLocaleTimeString()}`);
  };
}

async function asWav(blob, name) {
  if (!blob.size) throw new Error("the browser recorded nothing");
  const context = new AudioContext();
  try {
    const sound = await context.decodeAudioData(await blob.arrayBuffer());
    return new File([wav(sound.getChannelData(0), sound.sampleRate)], name, { type: "audio/wav" });
  } finally {
    context.close();
  }
}

// One channel of samples as 16-bit WAV.
function wav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (place, word) => [...word].forEach((sign, at) => view.setUint8(place + at, sign.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // channels
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((value, at) => view.setInt16(44 + 2 * at, Math.round(32767 * Math.max(-1, Math.min(1, value))), true));
  return view;
}
