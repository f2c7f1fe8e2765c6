"use strict";
(() => {
  const told = JSON.parse($("told").textContent);
  const { layers, trained, xs, ys, kind, border, classes } = told;
  const inputs = layers[0].inputs, outputs = layers[layers.length - 1].outputs, targets = ys[0].length, rows = xs.length;
  const count = told.theta.length, width = inputs + targets;

  const { say, speak, wished } = speech(told, (to) => {
    play(false);
    translate(to);
    build();
    draw();
    remember();
  });
  function translate(to) {
    speak(to);
    document.title = document.querySelector("h1").textContent = told.title[to];
  }

  // Chance: the same numbers for a seed, whoever computes them (mulberry32).

  const chance = (seed) => () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

  // The training: parameters and one sample lie side by side, as the programs take them.

  const at = new Float64Array(count + width), theta = at.subarray(0, count), gradient = new Float64Array(count + width);
  const places = Int32Array.from({ length: width }, (_, k) => count + k), data = new Float64Array(rows * width);
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  const memory = { velocity: new Float64Array(count), mean: new Float64Array(count), square: new Float64Array(count), steps: 0 };
  const settings = { ...told.settings };
  const run = { steps: 0, epoch: 0, place: 0, total: 0, losses: [], mixed: false, diverged: false };

  function begin() { // anew: first parameters, samples with their noise, nothing remembered
    theta.set(told.theta);
    if (settings.seed) {
      const random = chance(settings.seed);
      let k = 0;
      for (const layer of layers) {
        for (let unit = 0; unit < layer.outputs; unit++) {
          for (let j = 0; j <= layer.inputs; j++, k++) {
            const drawn = j < layer.inputs ? 2 * random() - 1 : 0;
            if (layer.trained) theta[k] = drawn;
          }
        }
      }
    }
    const noisy = chance(settings.seed + 1000003);
    for (let row = 0; row < rows; row++) {
      [...xs[row], ...ys[row]].forEach((number, k) => {
        const shaken = kind === "curve" ? k >= inputs : k < inputs;
        data[row * width + k] = number + (shaken && settings.noise ? settings.noise * told.spread * normal(noisy) : 0);
      });
    }
    Object.assign(run, { steps: 0, epoch: 0, place: 0, total: 0, losses: [], mixed: false, diverged: false });
    forget();
    shuffle();
  }

  function forget() {
    for (const name of ["velocity", "mean", "square"]) memory[name].fill(0);
    memory.steps = 0;
  }

  function shuffle() { // the order of an epoch, of minibatches alone
    order.forEach((_, k) => (order[k] = k));
    if (settings.batch >= rows) return;
    const random = chance(settings.seed * 65537 + run.epoch);
    for (let k = rows - 1; k > 0; k--) {
      const other = Math.floor(random() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
  }

  function step() {
    const chosen = order.subarray(run.place, Math.min(rows, run.place + settings.batch));
    const before = theta.slice();
    gradient.fill(0);
    const loss = PROGRAMS[settings.activation].cost.batch(at, places, data, chosen, gradient, 1 / chosen.length);
    move();
    if (!Number.isFinite(loss) || !theta.every(Number.isFinite)) {
      theta.set(before);
      run.diverged = true;
      return;
    }
    run.steps++;
    run.total += loss * chosen.length;
    run.place += chosen.length;
    if (run.place < rows) return;
    run.losses.push(run.total / rows);
    Object.assign(run, { epoch: run.epoch + 1, place: 0, total: 0 });
    shuffle();
  }

  function move() { // as nn.SGD and nn.Adam do
    const { velocity, mean, square } = memory, rate = settings.rate;
    memory.steps++;
    if (settings.optimiser === "Adam") {
      const [b1, b2, t] = [0.9, 0.999, memory.steps];
      const scale = Math.sqrt((1 - b2 ** t) / (1 - b2)), length = (rate * (1 - b1)) / (1 - b1 ** t) * scale;
      for (const k of trained) {
        mean[k] = b1 * mean[k] + gradient[k];
        square[k] = b2 * square[k] + gradient[k] * gradient[k];
        theta[k] -= (mean[k] / (Math.sqrt(square[k]) + 1e-8 * scale)) * length;
      }
      return;
    }
    const momentum = settings.optimiser === "momentum" ? 0.9 : 0;
    for (const k of trained) {
      velocity[k] = momentum * velocity[k] + gradient[k];
      theta[k] -= rate * velocity[k];
    }
  }

  const point = new Float64Array(count + inputs);
  function unitsAt(x) { // what all units give, a layer after the other, with the parameters that were looked at last
    point.set(x, count);
    return PROGRAMS[settings.activation].units.values(point);
  }
  const sample = (row) => data.subarray(row * width, row * width + inputs);
  const target = (row) => data.subarray(row * width + inputs, (row + 1) * width);
  const largest = (numbers) => numbers.reduce((best, x, k) => (x > numbers[best] ? k : best), 0);
  function right() { // how many samples are answered rightly, if that is a question
    let many = 0;
    point.set(theta);
    for (let row = 0; row < rows; row++) {
      const given = unitsAt(sample(row)).slice(-outputs);
      many += classes ? largest(given) === largest([...target(row)]) : given[0] > border === target(row)[0] > told.middle;
    }
    return many;
  }

  // Colours.

  let colours;
  const rgb = (name) => {
    const hex = getComputedStyle(root).getPropertyValue("--" + name).trim().slice(1);
    return [0, 2, 4].map((k) => parseInt(hex.slice(k, k + 2), 16));
  };
  function look() {
    colours = Object.fromEntries(["paper", "ink", "quiet", "line", "plus", "minus", "focus"].map((name) => [name, rgb(name)]));
    colours.classes = told.palette.map((_, k) => rgb("class" + k));
    colours.shades = Array.from({ length: 201 }, (_, k) => {
      const end = k < 100 ? colours.minus : colours.plus, weight = 0.0085 * Math.abs(k - 100);
      return end.map((c, i) => c * weight + colours.paper[i] * (1 - weight));
    });
  }
  const css = (colour, opacity = 1) => `rgba(${colour.join(",")},${opacity})`;
  const mixed = (share) => colours.shades[100 + Math.round(100 * Math.max(-1, Math.min(1, share)))]; // orange, paper, blue
  function painted({ data }, k, colour) {
    for (let i = 0; i < 3; i++) data[4 * k + i] = colour[i];
    data[4 * k + 3] = 255;
  }

  // The network: units with what they give, wires with their weights.

  const SVG = "http://www.w3.org/2000/svg";
  const units = [], wires = [];
  function made(tag, options, parent) {
    const element = Object.assign(document.createElement(tag), options);
    parent.append(element);
    return element;
  }
  function build() {
    const columns = [{ name: say("inputs"), outputs: inputs, activation: "" }, ...layers];
    $("units").replaceChildren();
    $("wires").replaceChildren();
    units.length = wires.length = 0;
    columns.forEach((column, c) => {
      const heading = made("p", { className: "heading" }, $("units"));
      made("b", { textContent: column.name || say("layer") }, heading);
      made("span", { className: "activation" }, heading);
      column.heading = heading;
      for (let k = 0; k < column.outputs; k++) {
        const canvas = made("canvas", { className: c ? "unit" : "unit input" }, $("units"));
        units.push({ canvas, c, k, pen: canvas.getContext("2d") });
        if (!c && told.names[k]) made("label", { className: "name", textContent: told.names[k], title: told.names[k] }, $("units"));
      }
    });
    let first = 0;
    layers.forEach((layer, c) => {
      for (let k = 0; k < layer.outputs; k++) {
        for (let j = 0; j < layer.inputs; j++) {
          const path = document.createElementNS(SVG, "path"), tip = document.createElementNS(SVG, "title");
          path.append(tip);
          $("wires").append(path);
          const wire = { path, c, j, k, place: first + k * (layer.inputs + 1) + j };
          path.addEventListener("pointerenter", () => (tip.textContent = say("weight {}", theta[wire.place])));
          wires.push(wire);
        }
        const unit = units.find((each) => each.c === c + 1 && each.k === k);
        unit.bias = first + k * (layer.inputs + 1) + layer.inputs;
        unit.canvas.addEventListener("pointerenter", () => (unit.canvas.title = say("bias {}", theta[unit.bias])));
      }
      first += layer.outputs * (layer.inputs + 1);
    });
    place(columns);
  }

  let size = 40;
  function place(columns) { // where units stand, by the room that there is
    const wide = $("network").clientWidth, most = Math.max(...columns.map((column) => column.outputs));
    const room = Math.max(340, innerHeight - 275), high = Math.max(190, Math.min(most * 165, room));
    size = Math.max(14, Math.min(room > 560 ? 76 : 60, Math.floor((high / most) * 0.84), Math.floor((wide / columns.length) * 0.5)));
    const side = Math.max(40, size), from = 46;
    const names = [...$("units").querySelectorAll(".name")], widest = Math.max(18, ...names.map((name) => name.scrollWidth + 1));
    const left = 4 + Math.min(widest, Math.floor(wide / 4)); // for the names of inputs; longer ones are cut
    const x = (c) => side / 2 + left + ((wide - side - left - 22) * c) / (columns.length - 1);
    const y = (c, k) => from + high / 2 + (high / most) * (k - (columns[c].outputs - 1) / 2);
    $("network").style.height = from + high + 12 + "px";
    $("wires").setAttribute("viewBox", `0 0 ${wide} ${from + high + 12}`);
    columns.forEach((column, c) => {
      column.heading.style.left = x(c) + "px";
      column.heading.lastChild.textContent = c ? (chosen(c - 1) === "identity" ? say("identity") : chosen(c - 1)) : "";
    });
    for (const unit of units) {
      const fine = kind === "regions" ? grid.length : Math.round(size * 2);
      Object.assign(unit.canvas, { width: fine, height: fine });
      Object.assign(unit.canvas.style, { left: x(unit.c) + "px", top: y(unit.c, unit.k) + "px", width: size + "px", height: size + "px" });
      const name = unit.canvas.nextElementSibling;
      if (name && name.className === "name") Object.assign(name.style, { left: x(0) - size / 2 - 4 + "px", top: y(0, unit.k) + "px", maxWidth: left - 4 + "px" });
    }
    for (const { path, c, j, k } of wires) {
      const [x0, y0, x1, y1] = [x(c) + size / 2, y(c, j), x(c + 1) - size / 2, y(c + 1, k)], bend = (x1 - x0) / 2;
      path.setAttribute("d", `M${x0} ${y0}C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`);
    }
    build.columns = columns;
  }
  const chosen = (c) => PROGRAMS[settings.activation].activations[c];

  function drawWires() { // colour, width and dashes as viz.draw(model) has them
    const strongest = wires.reduce((most, { place: k }) => Math.max(most, Math.abs(theta[k])), 1e-300);
    const crowd = Math.max(1, wires.length / 40), thickest = Math.max(1.8, 4.6 / Math.sqrt(crowd));
    for (const { path, place: k } of wires) {
      const share = Math.abs(theta[k]) / strongest;
      path.setAttribute("class", theta[k] < 0 ? "minus" : "plus");
      path.setAttribute("stroke-width", (0.4 + (thickest - 0.4) * share).toFixed(2));
      path.setAttribute("stroke-opacity", (0.3 + 0.7 * share).toFixed(2));
    }
    const boldest = units.reduce((most, { bias }) => Math.max(most, bias === undefined ? 0 : Math.abs(theta[bias])), 1e-300);
    for (const { canvas, bias } of units) {
      if (bias === undefined) continue;
      canvas.style.borderColor = css(theta[bias] < 0 ? colours.minus : colours.plus, 0.25 + 0.75 * Math.abs(theta[bias]) / boldest);
    }
  }

  // What the units give: maps of the plane, curves of a number, or a field for each sample.

  const span = (k) => {
    const numbers = xs.map((row) => row[k]), [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const room = 0.18 * (high - low) || 1;
    return [low - room, high + room];
  };
  const [left, rightEnd] = span(0), [bottom, top] = inputs > 1 ? span(1) : [0, 0];
  const fineness = kind === "regions" ? (count > 150 ? 36 : count > 60 ? 50 : 64) : 121;
  const along = (low, high, k, of) => low + ((high - low) * k) / (of - 1);
  const grid = Array.from({ length: fineness }, (_, k) => along(left, rightEnd, k, fineness));
  const heights = Array.from({ length: fineness }, (_, k) => along(top, bottom, k, fineness));
  const shownRows = Math.min(rows, 16);

  const plane = kind === "regions" ? heights.flatMap((y) => grid.map((x) => [x, y])) : grid.map((x) => [x]);
  const samples = Array.from({ length: shownRows }, (_, row) => sample(row)), where = kind === "units" ? samples : plane;
  const many = inputs + layers.reduce((sum, layer) => sum + layer.outputs, 0);
  const numbers = Array.from({ length: many }, () => new Float64Array(where.length)); // what each unit gives at each place
  function draw() {
    point.set(theta);
    where.forEach((x, i) => {
      const given = unitsAt(x);
      for (let u = 0; u < many; u++) numbers[u][i] = u < inputs ? x[u] : given[u - inputs];
    });
    units.forEach((unit, u) => drawUnit(unit, numbers[u], u === many - 1 && outputs === 1));
    ({ regions: drawRegions, curve: drawCurve, units: drawSamples })[kind](numbers.slice(-outputs));
    drawWires();
    drawLosses();
    tell();
  }
  const answer = (z) => mixed(0.8 * Math.max(-1, Math.min(1, (z - (border === null ? 0 : border)) / told.half)));
  const image = document.createElement("canvas").getContext("2d").createImageData(fineness, fineness);
  function drawUnit({ canvas, pen }, numbers, last) {
    const most = numbers.reduce((found, x) => Math.max(found, Math.abs(x)), 1e-12), side = canvas.width;
    if (kind === "regions") {
      numbers.forEach((x, i) => painted(image, i, last ? answer(x) : mixed(x / most)));
      pen.putImageData(image, 0, 0);
      return;
    }
    pen.fillStyle = css(colours.paper);
    pen.fillRect(0, 0, side, side);
    if (kind === "curve") {
      pen.strokeStyle = css(colours.line);
      stroke(pen, [[0, side / 2], [side, side / 2]], 1);
      pen.strokeStyle = css(colours.plus);
      const line = [...numbers].map((x, i) => [along(0, side, i, numbers.length), side / 2 - (0.42 * side * x) / Math.max(1, most)]);
      stroke(pen, line, 2.5);
      return;
    }
    const across = Math.ceil(Math.sqrt(numbers.length)), cell = side / across;
    numbers.forEach((x, i) => {
      pen.fillStyle = css(mixed(x / Math.max(1, most)));
      pen.fillRect(Math.round((i % across) * cell), Math.round(Math.floor(i / across) * cell), Math.ceil(cell), Math.ceil(cell));
    });
  }
  function stroke(pen, line, thickness) {
    pen.lineWidth = thickness;
    pen.lineJoin = "round";
    pen.beginPath();
    line.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.stroke();
  }

  // The output and the loss, each on a canvas as sharp as the screen.

  function opened(id, ratio, tallest = Infinity) {
    const canvas = $(id), sharp = devicePixelRatio || 1, wide = canvas.clientWidth, high = Math.round(Math.min(wide * ratio, tallest));
    if (canvas.width !== Math.round(wide * sharp) || canvas.height !== Math.round(high * sharp)) {
      Object.assign(canvas, { width: Math.round(wide * sharp), height: Math.round(high * sharp) });
      canvas.style.height = high + "px";
    }
    const pen = canvas.getContext("2d");
    pen.setTransform(sharp, 0, 0, sharp, 0, 0);
    pen.fillStyle = css(colours.paper);
    pen.fillRect(0, 0, wide, high);
    const { fontSize, fontFamily } = getComputedStyle(document.body);
    pen.font = `${Math.round(0.82 * parseFloat(fontSize))}px ${fontFamily}`;
    pen.textBaseline = "middle";
    return [pen, wide, high];
  }
  const sheet = document.createElement("canvas");
  const brief = (x) => (x === 0 ? "0" : Math.abs(x) >= 1e4 || Math.abs(x) < 1e-3 ? x.toExponential(1) : String(+x.toPrecision(3))).replace("-", "−");
  function drawRegions(last) {
    const [pen, wide, high] = opened("output", 0.86, Math.max(240, innerHeight - 470));
    for (let i = 0; i < fineness * fineness; i++) {
      if (outputs === 1) painted(image, i, answer(last[0][i]));
      else {
        const best = largest(last.map((numbers) => numbers[i]));
        painted(image, i, colours.classes[best % 6].map((c, k) => 0.45 * c + 0.55 * colours.paper[k]));
      }
    }
    Object.assign(sheet, { width: fineness, height: fineness }).getContext("2d").putImageData(image, 0, 0);
    pen.drawImage(sheet, 0, 0, wide, high);
    const radius = rows > 120 ? 3 : rows > 12 ? 4.5 : 8;
    for (let row = 0; row < rows; row++) {
      const [x, y] = sample(row), [t] = target(row);
      const one = border === null ? mixed(t / told.half) : t > told.middle ? colours.plus : colours.minus;
      const colour = outputs > 1 ? colours.classes[largest([...target(row)]) % 6] : one;
      pen.beginPath();
      pen.arc(wide * (x - left) / (rightEnd - left), high * (top - y) / (top - bottom), radius, 0, 2 * Math.PI);
      pen.lineWidth = radius > 4 ? 5 : 3;
      pen.strokeStyle = css(colours.paper);
      pen.stroke();
      pen.fillStyle = css(colour);
      pen.fill();
    }
    label(pen, told.names[0], wide - 10, high - 14, "right");
    label(pen, told.names[1], 10, 16, "left");
  }
  function label(pen, text = "", x, y, aligned) { // the name of an axis at its end
    pen.textAlign = aligned;
    pen.lineWidth = 4;
    pen.strokeStyle = css(colours.paper);
    pen.strokeText(text, x, y);
    pen.fillStyle = css(colours.ink);
    pen.fillText(text, x, y);
  }
  function drawCurve([curve]) {
    const [pen, wide, high] = opened("output", 0.7, Math.max(240, innerHeight - 470)), all = Array.from({ length: rows }, (_, row) => target(row)[0]);
    const [low, most] = [Math.min(...all), Math.max(...all)], room = 0.25 * (most - low) || 1;
    const x = (number) => 8 + ((wide - 16) * (number - left)) / (rightEnd - left);
    const y = (number) => high - (high * (number - low + room)) / (most - low + 2 * room);
    pen.strokeStyle = css(colours.line);
    if (low - room < 0 && most + room > 0) stroke(pen, [[0, y(0)], [wide, y(0)]], 1);
    pen.fillStyle = css(colours.minus);
    for (let row = 0; row < rows; row++) {
      pen.beginPath();
      pen.arc(x(sample(row)[0]), y(all[row]), 4, 0, 2 * Math.PI);
      pen.fill();
    }
    pen.strokeStyle = css(colours.plus);
    stroke(pen, grid.map((number, i) => [x(number), y(curve[i])]), 3);
    label(pen, told.names[0], wide - 10, high - 14, "right");
  }
  function drawSamples(last) { // a row for each sample: what it should give, and what it gives
    const cell = Math.max(6, Math.min(30, Math.floor(($("output").clientWidth - 24) / (2 * outputs + 1))));
    const tall = Math.max(6, Math.min(30, Math.floor(340 / shownRows)));
    const [pen, wide] = opened("output", (shownRows * tall + 40) / Math.max(1, $("output").clientWidth));
    const reach = Math.max(1, ...ys.flat().map(Math.abs)), start = (wide - cell * (2 * outputs + 1)) / 2;
    pen.textAlign = "center";
    [say("target"), say("output")].forEach((name, side) => {
      pen.fillStyle = css(colours.ink);
      pen.fillText(name, start + cell * (side * (outputs + 1) + outputs / 2), 12);
      for (let row = 0; row < shownRows; row++) {
        for (let k = 0; k < outputs; k++) {
          pen.fillStyle = css(mixed((side ? last[k][row] : target(row)[k]) / reach));
          pen.fillRect(start + cell * (side * (outputs + 1) + k), 28 + tall * row, cell, tall);
          pen.lineWidth = 1;
          pen.strokeStyle = css(colours.line);
          pen.strokeRect(start + cell * (side * (outputs + 1) + k) + 0.5, 28.5 + tall * row, cell, tall);
        }
      }
    });
  }
  function drawLosses() {
    const [pen, wide, high] = opened("losses", 0.46, 190), { losses } = run;
    pen.textAlign = "left";
    pen.fillStyle = css(colours.quiet);
    if (!losses.length) return pen.fillText(say("The curve begins with the first epoch."), 8, high / 2);
    const every = Math.max(1, Math.floor(losses.length / 600)), shown = losses.filter((_, i) => i % every === 0 || i === losses.length - 1);
    const most = Math.max(...shown), least = Math.min(...shown), log = least > 0 && most > 30 * least;
    const level = (loss) => (log ? Math.log(loss) : loss), [low, tall] = [log ? level(least) : 0, level(most)];
    const edge = pen.measureText("−0.0e−10").width, x = (i) => edge + ((wide - edge - 10) * i) / Math.max(1, losses.length - 1);
    const y = (loss) => high - 26 - ((high - 40) * (level(loss) - low)) / (tall - low || 1);
    pen.strokeStyle = css(colours.line);
    stroke(pen, [[edge, 8], [edge, high - 26], [wide - 8, high - 26]], 1);
    pen.textAlign = "right";
    for (const loss of [most, log ? least : 0]) pen.fillText(brief(loss), edge - 6, Math.max(10, y(loss)));
    pen.fillText(losses.length, wide - 8, high - 12);
    pen.textAlign = "left";
    pen.fillText(say("epoch"), edge, high - 12);
    pen.strokeStyle = css(colours.focus);
    const places = losses.map((_, i) => i).filter((i) => i % every === 0 || i === losses.length - 1);
    if (shown.length === 1) pen.fillRect(x(0) - 2, y(shown[0]) - 2, 4, 4);
    stroke(pen, shown.map((loss, i) => [x(places[i]), y(loss)]), 2);
  }

  function tell() {
    const { losses } = run, loss = losses.length ? brief(losses[losses.length - 1]) : "–";
    $("epoch").textContent = run.epoch.toLocaleString("en");
    $("count").textContent = run.steps.toLocaleString("en");
    $("loss").textContent = loss;
    $("right").textContent = $("right-told").hidden ? "" : say("{} of {}", right(), rows);
    $("warning").hidden = !run.diverged;
    $("step").disabled = run.diverged;
  }

  // Play.

  let playing = 0;
  function play(on) {
    cancelAnimationFrame(playing);
    playing = 0;
    on = on && !run.diverged;
    $("play").classList.toggle("playing", on);
    $("play").setAttribute("aria-label", on ? say("Pause") : say("Play"));
    if (!on) return remember();
    let last = -Infinity, spent = 0; // as long as a picture takes, as long at least is learnt
    const frame = (now) => {
      playing = requestAnimationFrame(frame);
      if (settings.speed === "slow" && now - last < 250) return;
      last = now;
      const end = performance.now() + Math.max(12, spent);
      do step();
      while (settings.speed === "fast" && !run.diverged && performance.now() < end);
      const before = performance.now();
      draw();
      spent = performance.now() - before;
      if (run.diverged) play(false);
    };
    playing = requestAnimationFrame(frame);
  }
  function anew() {
    play(false);
    begin();
    place(build.columns);
    draw();
    remember();
  }

  // Settings, and the address that holds them.

  const whole = (text, most) => (/^\d+$/.test(text) ? Math.min(most, +text) : 0);
  const readers = {
    rate: (text) => (+text > 0 && +text < Infinity ? +text : undefined),
    activation: (text) => (text in PROGRAMS ? text : undefined),
    optimiser: (text) => (["SGD", "momentum", "Adam"].includes(text) ? text : undefined),
    batch: (text) => whole(text, rows) || undefined,
    noise: (text) => (+text >= 0 && +text <= 1 ? +text : undefined),
    seed: (text) => whole(text, 2 ** 31),
    speed: (text) => (["slow", "normal", "fast"].includes(text) ? text : undefined),
  };
  function show() { // what is set in the fields; a number that is none of the choice becomes one
    for (const name in readers) {
      const field = $(name), text = String(settings[name]);
      if (field.tagName === "SELECT" && ![...field.options].some((option) => option.value === text)) {
        made("option", { value: text, textContent: text }, field);
      }
      field.value = text;
    }
    $("noise-told").textContent = settings.noise;
  }
  for (const name in readers) {
    $(name).addEventListener("change", () => {
      const given = readers[name]($(name).value);
      settings[name] = given === undefined ? settings[name] : given;
      show();
      if (name === "speed") return;
      if (name === "rate" || name === "optimiser") {
        if (name === "optimiser") forget();
        run.mixed = run.steps > 0;
        if (run.diverged) anew();
        else remember();
      } else anew();
    });
  }
  $("noise").addEventListener("input", () => ($("noise-told").textContent = $("noise").value));
  function remember() {
    const given = new URLSearchParams();
    for (const name in readers) if (settings[name] !== told.settings[name]) given.set(name, settings[name]);
    if (run.steps && !run.mixed) given.set("step", run.steps);
    if (root.dataset.lang) given.set("lang", root.dataset.lang);
    try {
      history.replaceState(null, "", String(given) ? "#" + given : location.pathname + location.search);
    } catch { /* a frame without an address */ }
  }
  function linked(hash) {
    const given = new URLSearchParams(hash.slice(1));
    for (const name in readers) {
      const read = given.has(name) ? readers[name](given.get(name)) : undefined;
      settings[name] = read === undefined ? told.settings[name] : read;
    }
    translate(wished(given.get("lang")));
    begin();
    const steps = whole(given.get("step") || "", 100000), end = performance.now() + 4000;
    while (run.steps < steps && !run.diverged && performance.now() < end) step();
  }

  // Buttons and keys.

  $("play").onclick = () => play(!playing);
  $("step").onclick = () => {
    play(false);
    step();
    draw();
    remember();
  };
  $("reset").onclick = anew;
  $("theme").onclick = () => {
    turnLight();
    look();
    draw();
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    look();
    draw();
  });
  const keys = { " ": "play", ArrowRight: "step", Home: "reset" };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, button")) return;
    if (!(event.key in keys)) return;
    $(keys[event.key]).click();
    event.preventDefault();
  });
  addEventListener("hashchange", (event) => {
    play(false);
    linked(new URL(event.newURL).hash);
    show();
    build();
    draw();
  });

  if (border === null && !classes) $("right-told").hidden = true;
  linked(location.hash);
  look();
  show();
  build();
  draw();
  new ResizeObserver(() => {
    place(build.columns);
    draw();
  }).observe($("network"));
  document.body.classList.add("ready");
  // For a console: training.theta are the parameters, training.step() is one step.
  window.training = { theta, settings, run, step, begin, draw, data };
})();
