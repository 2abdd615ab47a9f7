// Pictures of a recording on canvases: its outline, each run's genres over time, an axis of seconds or minutes.
const FONT = "12px system-ui, sans-serif";
const SOFT = "#5c6370";

// A canvas as sharp as the screen; gives its context and its size as the page measures it.
function prepared(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  context.font = FONT;
  return [context, width, height];
}

export function clock(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function drawOutline(canvas, peaks) {
  const [context, width, height] = prepared(canvas);
  const loudest = Math.max(...peaks, 0.001);
  context.fillStyle = "#8a93a3";
  peaks.forEach((peak, place) => {
    const half = Math.max(0.5, (0.48 * height * peak) / loudest);
    context.fillRect((place * width) / peaks.length, height / 2 - half, width / peaks.length + 0.5, 2 * half);
  });
}

// Each genre's probability as a band, the likeliest of the whole at the bottom; blank in silence, hatched where nothing
// was heard any more. Where one genre leads for long enough, its name stands in its band.
export function drawTimeline(canvas, run, seconds) {
  const [context, width, height] = prepared(canvas);
  const at = (time) => Math.round((time * width) / seconds);
  context.globalAlpha = run.doubt ? 0.5 : 1;
  run.probabilities.forEach((shares, place) => {
    const [left, right] = [at(run.times[place]), at(run.times[place + 1])];
    let bottom = height;
    (shares ?? []).forEach((share, genre) => {
      context.fillStyle = run.genres[genre].colour;
      context.fillRect(left, bottom - share * height, right - left, share * height);
      bottom -= share * height;
    });
  });
  context.globalAlpha = 1;
  hatch(context, at(run.times.at(-1)), width, height);
  for (const stretch of leading(run)) label(context, stretch, run, at, height);
}

function hatch(context, left, right, height) {
  if (right - left < 1) return;
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.strokeStyle = "#9aa1ac";
  for (let x = left - height; x < right; x += 7) {
    context.beginPath();
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
    context.stroke();
  }
  context.restore();
}

// Stretches over which one genre is the likeliest: genre, first and last row.
function leading(run) {
  const found = [];
  run.probabilities.forEach((shares, place) => {
    const genre = shares ? shares.indexOf(Math.max(...shares)) : -1;
    const before = found.at(-1);
    if (before && before.genre === genre) before.last = place;
    else found.push({ genre, first: place, last: place });
  });
  return found.filter((stretch) => stretch.genre >= 0);
}

function label(context, { genre, first, last }, run, at, height) {
  const name = run.genres[genre].name;
  const [left, right] = [at(run.times[first]), at(run.times[last + 1])];
  if (context.measureText(name).width > right - left - 8) return;
  const rows = run.probabilities.slice(first, last + 1);
  const mean = (upTo) => rows.reduce((sum, row) => sum + row.slice(0, upTo).reduce((a, b) => a + b, 0), 0) / rows.length;
  const [below, top] = [mean(genre), mean(genre + 1)];
  if ((top - below) * height < 15) return;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 3;
  context.strokeStyle = "white";
  context.fillStyle = "#1d2330";
  const [x, y] = [(left + right) / 2, height * (1 - (below + top) / 2)];
  context.strokeText(name, x, y);
  context.fillText(name, x, y);
}

export function drawAxis(canvas, seconds) {
  const [context, width] = prepared(canvas);
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
  const step = steps.find((each) => (each * width) / seconds >= 56) ?? 14400;
  context.fillStyle = context.strokeStyle = SOFT;
  context.textBaseline = "top";
  for (let time = 0; time <= seconds; time += step) {
    const x = (time * width) / seconds;
    context.fillRect(Math.min(x, width - 1), 0, 1, 5);
    context.textAlign = x < 16 ? "left" : x > width - 16 ? "right" : "center";
    context.fillText(clock(time), x, 7);
  }
}
