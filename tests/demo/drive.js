// Uses the page as a person would, and records what cannot be read from its text.
const until = async (met) => {
  while (!met()) await new Promise((done) => setTimeout(done, 20));
};
const note = (name, value) => (document.body.dataset[name] = value);
const by = (id) => document.getElementById(id);

const give = (file) => {
  const held = new DataTransfer();
  held.items.add(file);
  by("file").files = held.files;
  by("file").dispatchEvent(new Event("change"));
};

await until(() => by("asked").textContent);
give(new File([], "nothing.wav"));
note("nothing", by("status").textContent);
const items = [{ webkitGetAsEntry: () => ({ isDirectory: true }) }];
window.dispatchEvent(Object.assign(new Event("drop"), { dataTransfer: { items, files: [new File(["x"], "album")] } }));
note("folder", by("status").textContent);
give(new File(["no audio"], "text.wav"));
await until(() => by("status").className === "wrong" && by("status").textContent.startsWith("text"));
note("wrong", by("status").textContent);
const made = async (name) => (await fetch(name)).blob();
const press = (key) => by("score").dispatchEvent(new KeyboardEvent("keydown", { key }));
give(new File([await made("/long.wav")], "long.wav"));
await until(() => !by("result").hidden && by("player").readyState >= 1);
by("player").dispatchEvent(new Event("error")); // as for a format that the browser cannot play
for (const key of ["ArrowRight", "ArrowRight", "ArrowLeft", "ArrowUp"]) press(key);
note("unplayed", by("readout").textContent.split("\n")[0]);
press("ArrowRight");
note("end", by("readout").textContent.split("\n")[1]);
const sound = await made("/made.wav");
navigator.mediaDevices.getUserMedia = async () => ({ getTracks: () => [] });
window.MediaRecorder = class extends EventTarget { // with a microphone that is unplugged at once
  start() {
    this.dispatchEvent(Object.assign(new Event("dataavailable"), { data: sound }));
    this.dispatchEvent(new Event("stop"));
  }
  stop() {} // it has stopped
};
by("record").click();
await until(() => by("record").textContent === "Stop");
by("record").click();
await until(() => by("title").textContent.startsWith("Recording"));
note("recorded", by("about").textContent);
give(new File([sound], "<b>made</b>.wav"));
await until(() => !by("result").hidden && by("player").readyState >= 1);
const canvas = document.querySelector(".timeline");
const pixel = (x, y) => canvas.getContext("2d").getImageData(x * canvas.width, y * canvas.height, 1, 1).data.join();
note("start", pixel(0.1, 0.95)); // the first second, at the bottom
note("middle", pixel(0.4, 0.3));
note("silence", pixel(0.6, 0.5));
const { left, width, top } = by("score").getBoundingClientRect();
by("score").dispatchEvent(new MouseEvent("click", { clientX: left + 0.375 * width, clientY: top + 5 }));
by("player").pause(); // before it plays on
note("time", by("player").currentTime.toFixed(1));
note("wide", document.documentElement.scrollWidth <= window.innerWidth);
