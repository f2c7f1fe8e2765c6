"use strict";
(async () => {
  const story = JSON.parse($("story").textContent);
  const inside = await unpacked();
  const written = [story.views[0], ...inside.map(([told]) => told)];
  const stage = $("stage"), scrubber = $("scrubber"), search = $("search"), card = $("card");
  const embedded = window.self !== window.top;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const SVG = "http://www.w3.org/2000/svg";
  const write = (element, text) => { // what stays the same is not laid out again
    if (element.textContent === text) return;
    element.textContent = text;
    extents.delete(element.closest("[data-box]"));
  };
  const pen = document.createElement("canvas").getContext("2d");
  const extents = new WeakMap();
  const extent = (element) => extents.get(element) || extents.set(element, element.getBBox()).get(element);

  let view, step = 0, timer = 0, chosen = -1, found = [], turn = -1, live = null;
  const camera = { x: 0, y: 0, scale: 1, fitted: true, untouched: true, moving: 0 };

  // Languages: of what was told in one, another has only what differs.

  const { say, speak, wished, spoken: language } = speech(story, (to) => {
    play(false);
    translate(to);
    open(view.which, step);
  });
  const merged = (one = {}, other) => !other || typeof other !== "object" || Array.isArray(other) ? other :
    Object.assign(Array.isArray(one) ? [...one] : { ...one },
      Object.fromEntries(Object.entries(other).map(([key, each]) => [key, merged(one[key], each)])));
  function translate(to) {
    speak(to);
    story.views = written.map((told) => {
      const view = merged(told, told.in[to]);
      view.steps = view.steps.map(([kind, words, box, wire, product, time, changes]) => ({ kind, words, box, wire, product, time, changes }));
      return view;
    });
    document.title = document.querySelector("h1").textContent = story.views[0].title;
    opened.clear();
    if ($("still")) $("still").textContent = story.views[0].still || story.views[0].live.frozen;
    if (live) live.list();
  }

  // A view: one picture, its elements by number, and what each of them shows at each step.

  const opened = new Map(), drawing = new DOMParser(), whole = stage.querySelector("svg");
  const picture = (which) => {
    const svg = which ? drawing.parseFromString(inside[which - 1][1], "image/svg+xml").documentElement : whole.cloneNode(true);
    const texts = svg.querySelectorAll("title, desc, text");
    for (const [i, text] of Object.entries(story.views[which].texts || {})) texts[i].textContent = text;
    return svg;
  };
  function open(which, at) {
    const told = story.views[which];
    stage.replaceChildren();
    if (!opened.has(which)) opened.set(which, prepared(picture(which), told));
    view = opened.get(which);
    stage.append(view.svg);
    if (live) live.show(view);
    const path = [0, ...told.path];
    $("path").hidden = path.length < 2;
    $("path").replaceChildren(...path.map((each) => {
      const button = document.createElement("button");
      button.textContent = story.views[each].name || say("Whole graph");
      button.onclick = () => open(each, moment(each, view.steps[step].time));
      return button;
    }));
    scrubber.max = view.steps.length - 1;
    scrubber.style.setProperty("--seed", (100 * view.seed) / Math.max(1, view.steps.length - 1) + "%");
    choose(-1);
    go(at);
    seek();
    arrive();
  }

  async function unpacked() { // the views of groups
    if (!$("inside")) return [];
    const bytes = Uint8Array.from(atob($("inside").textContent), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return JSON.parse(await new Response(stream).text());
  }

  function prepared(svg, told) {
    const one = (what, i) => svg.querySelector(`[data-${what}="${i}"]`);
    const all = (what, i) => [...svg.querySelectorAll(`[data-${what}="${i}"]`)];
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const made = { svg, width, height, which: story.views.indexOf(told), steps: told.steps };
    made.seed = made.steps.findIndex(({ kind }) => kind === "seed");
    const title = svg.querySelector("title");
    svg.setAttribute("role", "group");
    svg.setAttribute("aria-label", title.textContent);
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    title.remove();
    made.boxes = told.boxes.map(([known, name, formula, data, inside, labels = ""], i) => {
      const element = one("box", i);
      const box = { element, known, name, formula, data, inside, labels, sums: [] };
      box.grad = element.querySelector('[data-text="grad"]');
      box.none = box.grad && (box.grad.textContent.match(/^.*\|g\| /) || [say("grad {}", "")])[0] + "–";
      if (name !== undefined) {
        element.setAttribute("tabindex", "0");
        element.setAttribute("role", inside > 0 ? "button" : "img");
        element.classList.add("node");
        if (inside > 0) element.classList.add("group");
      }
      return box;
    });
    made.wires = told.wires.map(([tail, head, back], i) => {
      const lines = all("wire", i);
      lines.forEach((path, k) => path.classList.add(k ? "tip" : "line"));
      return { tail, head, back, lines, numbers: one("numbers", i) };
    });
    told.steps.forEach(({ kind, changes }, k) =>
      changes.forEach(([box, text, exact]) => made.boxes[box].sums.push({ k, text: text.includes("|g|") ? text : say("grad {}", text), exact, kind })));
    const pill = document.createElementNS(SVG, "g");
    pill.setAttribute("class", "pill");
    pill.append(document.createElementNS(SVG, "rect"), document.createElementNS(SVG, "text"));
    svg.querySelector("g").append(pill);
    return Object.assign(made, { pill });
  }

  const latest = (box, k) => box.sums.findLast((sum) => sum.k <= k);
  const moment = (which, time) => Math.max(0, story.views[which].steps.findLastIndex((each) => each.time <= time));

  // Steps.

  function go(to) {
    step = Math.max(0, Math.min(view.steps.length - 1, Math.round(to) || 0));
    const { kind, words, box, wire } = view.steps[step];
    view.boxes.forEach((each, i) => {
      each.element.classList.toggle("todo", each.known > step);
      each.element.classList.toggle("now", i === box || (wire >= 0 && kind === "backward" && i === view.wires[wire].tail));
      const sum = latest(each, step);
      const started = step >= view.seed && each.inside === undefined && each.sums.length; // at 0, to be added to
      if (each.grad) write(each.grad, sum ? sum.text : started ? say("grad {}", 0) : each.none);
      if (each.name === undefined) return;
      const told = spoken(each, sum);
      if (told !== each.told) each.element.setAttribute("aria-label", (each.told = told));
    });
    view.wires.forEach((each, i) => {
      const now = i === wire || (kind === "forward" && (each.head === box || each.tail === box));
      const incoming = kind === "backward" && each.tail === box;
      const state = { todo: view.boxes[each.tail].known > step, now, incoming, back: each.back >= 0 && each.back <= step };
      for (const element of [...each.lines, each.numbers]) {
        if (element) for (const name in state) element.classList.toggle(name, state[name]);
      }
    });
    document.body.dataset.phase = kind;
    $("phase").textContent = phase(kind);
    $("sentence").replaceChildren(...words.flatMap((word) => {
      const span = document.createElement("span");
      span.textContent = word;
      return [span, " "];
    }));
    scrubber.value = step;
    scrubber.setAttribute("aria-valuetext", say("step {}, {}", step, $("phase").textContent));
    $("count").textContent = `${step} / ${view.steps.length - 1}`;
    $("first").disabled = $("back").disabled = step === 0;
    $("next").disabled = $("last").disabled = step === view.steps.length - 1;
    label();
    tell();
    remember();
    if (box >= 0 && !camera.fitted) reveal(wire >= 0 ? view.wires[wire].numbers || view.boxes[box].element : view.boxes[box].element);
  }

  const spoken = (box, sum) => box.inside !== undefined ? [
    box.name, box.formula, box.known <= step ? box.data : say("not computed yet"), sum ? sum.exact : "", box.inside > 0 ? say("Enter opens it") : "",
  ].filter(Boolean).join(", ") : [
    box.name, box.known <= step ? say("value {}", box.data) : say("not computed yet"),
    sum ? say("gradient {}", sum.exact) : say("no gradient yet"),
    ...box.sums.filter((each) => each.k <= step && each.kind === "backward").map((each) => view.steps[each.k].product),
  ].filter(Boolean).join(", ");

  function phase(kind) {
    if (kind !== "forward" && kind !== "backward") return kind === "seed" ? say("Seed") : say("Start");
    const same = view.steps.map((each, k) => (each.kind === kind ? k : -1)).filter((k) => k >= 0);
    const place = [same.indexOf(step) + 1, same.length];
    return kind === "forward" ? say("Forward {} of {}", ...place) : say("Backward {} of {}", ...place);
  }

  // The product that is being worked out, on its wire.

  function label() {
    const { wire, product } = view.steps[step];
    const { pill } = view;
    pill.classList.toggle("shown", Boolean(product) && wire >= 0);
    if (!product || wire < 0) return;
    const [rect, text] = pill.children;
    const { numbers, lines } = view.wires[wire];
    const at = numbers ? extent(numbers) : lines[0].getPointAtLength(lines[0].getTotalLength() / 2);
    text.textContent = product;
    pen.font = "700 12.5px " + getComputedStyle(document.body).fontFamily;
    const width = pen.measureText(product).width + 16, height = 20; // measured apart: in the SVG, all of it would be laid out
    const things = [...view.boxes.map(({ element }) => element), ...view.wires.map(({ numbers }) => numbers)].filter(Boolean);
    const taken = things.map(extent);
    const covered = (left, top) => taken.reduce((sum, thing) => sum +
      Math.max(0, Math.min(left + width, thing.x + thing.width) - Math.max(left, thing.x)) *
      Math.max(0, Math.min(top + height, thing.y + thing.height) - Math.max(top, thing.y)), 0);
    const middle = at.x + (at.width || 0) / 2 - width / 2, below = at.y + (at.height || 0) + 4, above = at.y - height - 3;
    const edge = -story.margin; // and below there is room for one of them, see fit
    const shown = ([left, top]) => left > edge && left + width < view.width + edge && top > edge && top < view.height + edge;
    const places = [0, 1, -1, 2, -2, 3, -3].flatMap((aside) => [0, 1, 2, 3, 4, 5].flatMap((away) =>
      [below + 13 * away, above - 13 * away].map((top) => [middle + (aside * width) / 2, top, 13 * away + 20 * Math.abs(aside)])));
    places.sort((one, other) => one[2] - other[2]); // the nearest first; those on the wire's own numbers are none
    const free = places.find((place) => shown(place) && covered(...place) === 0);
    const [left, top] = free || places.reduce((best, each) => (covered(...each) < covered(...best) ? each : best));
    text.setAttribute("x", left + width / 2);
    text.setAttribute("y", top + 14);
    for (const [name, number] of Object.entries({ x: left, y: top, width, height, rx: 10 })) rect.setAttribute(name, number);
  }

  // Play.

  function play(on) {
    clearInterval(timer);
    timer = 0;
    if (on) {
      if (step === view.steps.length - 1) go(0);
      const pace = Math.max(350, Math.min(1800, 90000 / view.steps.length));
      timer = setInterval(() => {
        go(step + 1);
        if (step === view.steps.length - 1) play(false);
      }, pace);
    }
    $("play").setAttribute("aria-label", on ? say("Pause") : say("Play"));
    $("play").classList.toggle("playing", on);
  }

  // The link to a step.

  let later = 0;
  function remember() {
    clearTimeout(later);
    later = setTimeout(() => {
      const hash = `#step=${step}` + (view.which ? `&view=${view.which}` : "") + (root.dataset.lang ? `&lang=${root.dataset.lang}` : "");
      try {
        if (location.hash !== hash) history.replaceState(null, "", hash);
      } catch { /* a frame without an address */ }
    }, 120);
  }
  function linked(hash) {
    const given = new URLSearchParams(hash.slice(1)), to = wished(given.get("lang"));
    if (to !== language()) {
      translate(to);
      view = undefined;
    }
    const whole = (name, most) => Math.max(0, Math.min(most, parseInt(given.get(name), 10) || 0));
    const which = whole("view", story.views.length - 1);
    return [which, whole("step", story.views[which].steps.length - 1)];
  }
  addEventListener("hashchange", (event) => { // location may have been rewritten since, by `remember`
    const [which, at] = linked(new URL(event.newURL).hash);
    if (view && which === view.which) go(at);
    else open(which, at);
  });

  // Where one looks: the picture's point in the middle of the stage, and how many pixels one of its units takes.

  let size = stage.getBoundingClientRect(); // kept, since asking for it lays out what has changed
  function fitting() {
    const { width, height } = size;
    return Math.min(width / view.width, height / (view.height + 24), 2.6); // 24: the product under the lowest wire
  }
  function look() {
    const { width, height } = size;
    if (!width || !height) return; // a frame that is not shown yet
    const [w, h] = [width / camera.scale, height / camera.scale];
    view.svg.setAttribute("viewBox", `${camera.x - w / 2} ${camera.y - h / 2} ${w} ${h}`);
  }
  function move(x, y, scale, fitted) {
    const least = Math.min(fitting(), 0.2);
    cancelAnimationFrame(camera.moving);
    Object.assign(camera, { fitted: Boolean(fitted), scale: Math.max(least, Math.min(12, scale)) || 1 });
    camera.x = Math.max(0, Math.min(view.width, x));
    camera.y = Math.max(0, Math.min(view.height, y));
    look();
  }
  const fit = () => move(view.width / 2, view.height / 2, fitting(), true);
  function arrive() { // all of it, or if its type could not be read from a distance: nearer, and where it happens
    const least = Math.max(1.2, Math.min(1.5, size.width / 1000));
    camera.untouched = true;
    if (!size.width || fitting() >= 1) return fit();
    const { box } = view.steps[step];
    const target = middle(view.boxes[Math.max(box, 0)].element);
    const { width, height } = size;
    const [w, h] = [width / least / 2, height / least / 2];
    const held = (at, half, whole) => (2 * half >= whole ? whole / 2 : Math.max(half, Math.min(whole - half, at)));
    move(held(target.x, w, view.width), held(target.y, h, view.height), least);
  }
  function zoom(by, clientX, clientY) {
    camera.untouched = false;
    const { left, top, width, height } = size;
    const [dx, dy] = clientX === undefined ? [0, 0] : [clientX - left - width / 2, clientY - top - height / 2];
    const scale = Math.max(Math.min(fitting(), 0.2), Math.min(12, camera.scale * by));
    move(camera.x + dx / camera.scale - dx / scale, camera.y + dy / camera.scale - dy / scale, scale);
  }
  function middle(element) {
    const { x, y, width, height } = extent(element);
    return { x: x + width / 2 + story.margin, y: y + height / 2 + story.margin };
  }
  function reveal(element) {
    const { width, height } = size, at = middle(element);
    const far = (d, room) => Math.abs(d) * camera.scale > room / 2 - Math.min(90, room / 4);
    if (!far(at.x - camera.x, width) && !far(at.y - camera.y, height)) return;
    const from = { x: camera.x, y: camera.y }, start = performance.now();
    const glide = (now) => {
      const t = calm.matches ? 1 : Math.min(1, Math.max(0, (now - start) / 260)), eased = t * (2 - t);
      move(from.x + (at.x - from.x) * eased, from.y + (at.y - from.y) * eased, camera.scale);
      if (t < 1) camera.moving = requestAnimationFrame(glide);
    };
    glide(start);
  }

  const fingers = new Map();
  let dragged = 0;
  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!fingers.size) dragged = 0;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
    dragged += Math.hypot(dx, dy);
    if (dragged > 4) {
      stage.setPointerCapture(event.pointerId);
      camera.untouched = false;
    }
    const other = [...fingers].find(([id]) => id !== event.pointerId);
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (other) {
      const [x, y] = other[1];
      const apart = (p) => Math.hypot(p[0] - x, p[1] - y);
      move(camera.x - dx / 2 / camera.scale, camera.y - dy / 2 / camera.scale, camera.scale);
      if (apart(before) > 10) zoom(apart([event.clientX, event.clientY]) / apart(before), (x + event.clientX) / 2, (y + event.clientY) / 2);
    } else if (dragged > 4) {
      move(camera.x - dx / camera.scale, camera.y - dy / camera.scale, camera.scale);
    }
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
  stage.addEventListener("wheel", (event) => {
    if (embedded && !event.ctrlKey && !document.hasFocus()) return; // a page that holds this one scrolls past it
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY * lines)) * (event.ctrlKey ? 0.01 : 0.003)), event.clientX, event.clientY);
  }, { passive: false });
  new ResizeObserver(() => {
    size = stage.getBoundingClientRect();
    if (camera.untouched) arrive();
    else if (camera.fitted) fit();
    else look();
  }).observe(stage);

  // A node: what is known of it at this step, and its paths to the result.

  function choose(i) {
    chosen = i;
    if (live) live.point(i);
    const lit = new Set();
    for (const each of i < 0 ? [] : [i]) lit.add(each);
    for (let grown = i >= 0; grown;) {
      grown = false;
      for (const { tail, head } of view.wires) if (lit.has(tail) && !lit.has(head)) grown = Boolean(lit.add(head));
    }
    view.wires.forEach(({ tail, lines }) => lines.forEach((line) => line.classList.toggle("path", lit.has(tail))));
    view.boxes.forEach((box, k) => box.element.classList.toggle("chosen", k === i));
    tell();
  }
  function tell() {
    card.hidden = chosen < 0;
    if (chosen < 0) return;
    const box = view.boxes[chosen], sum = latest(box, step);
    $("card-name").textContent = box.name;
    $("card-formula").textContent = box.formula;
    $("card-value").textContent = box.known <= step ? box.data : say("not computed yet");
    $("card-gradient").textContent = sum ? sum.exact : say("none yet");
    $("card-terms").replaceChildren(...box.sums.filter(({ k, kind }) => k <= step && kind !== "leaves").map(({ k }) => {
      const item = document.createElement("li"), link = document.createElement("a");
      link.href = `#step=${k}` + (view.which ? `&view=${view.which}` : "");
      link.textContent = view.steps[k].words.slice(0, 2).join(" ");
      item.append(link);
      return item;
    }));
    $("card-open").hidden = !(box.inside > 0);
  }
  const nodeOf = (target) => {
    const element = target.closest ? target.closest("g.node") : null;
    return element ? view.boxes.findIndex((box) => box.element === element) : -1;
  };
  function activate(i) {
    const inside = i >= 0 ? view.boxes[i].inside : -1;
    if (inside > 0) { // as things stood before this step, if it is this group's: what it does is seen from the beginning
      const before = view.steps[step].box === i && step ? step - 1 : step;
      open(inside, moment(inside, view.steps[before].time));
    } else choose(i === chosen ? -1 : i);
  }
  stage.addEventListener("click", (event) => {
    if (dragged <= 4) activate(nodeOf(event.target));
  });
  stage.addEventListener("focusin", (event) => {
    if (!event.target.matches(":focus-visible")) return;
    choose(nodeOf(event.target));
    reveal(event.target);
  });
  $("card-close").onclick = () => choose(-1);
  $("card-open").onclick = () => activate(chosen);

  // Search.

  const plain = (text) => text.normalize("NFKC").toLowerCase();
  function seek() {
    const wanted = plain(search.value.trim());
    found = [];
    turn = -1;
    view.boxes.forEach((box, i) => {
      const hit = Boolean(wanted) && box.name !== undefined && plain(box.name + "\n" + box.labels).includes(wanted);
      box.element.classList.toggle("found", hit);
      if (hit) found.push(i);
    });
    $("found").textContent = wanted ? say("{} found", found.length) : "";
  }
  search.addEventListener("input", seek);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && found.length) {
      turn = (turn + (event.shiftKey ? found.length - 1 : 1)) % found.length;
      choose(found[turn]);
      reveal(view.boxes[chosen].element);
      $("found").textContent = say("{} of {}", turn + 1, found.length);
    } else if (event.key === "Escape") {
      search.value = "";
      seek();
      search.blur();
    }
  });

  // Buttons and keys.

  const moves = { first: () => 0, back: () => step - 1, next: () => step + 1, last: () => view.steps.length - 1 };
  for (const id in moves) $(id).onclick = () => {
    play(false);
    go(moves[id]());
  };
  $("play").onclick = () => play(!timer);
  scrubber.addEventListener("input", () => {
    play(false);
    go(+scrubber.value);
  });
  $("in").onclick = () => zoom(1.3);
  $("out").onclick = () => zoom(1 / 1.3);
  $("fit").onclick = () => {
    camera.untouched = false;
    fit();
  };
  $("theme").onclick = turnLight;

  const keys = {
    ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back", Home: "first", End: "last", " ": "play",
    "+": "in", "=": "in", "-": "out", 0: "fit",
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const clicker = event.target.type === "range" && /^Page/.test(event.key); // goes on though a leaf was changed last
    if (event.target.matches("input:not(#scrubber)") && !clicker) return;
    const i = nodeOf(event.target), pressed = event.target.closest && event.target.closest("button, a");
    if (event.key === "Escape" && chosen < 0 && view.which) $("path").querySelector("button:nth-last-child(2)").click();
    else if (event.key === "Escape") choose(-1);
    else if (event.key === "/") search.focus();
    else if (i >= 0 && (event.key === "Enter" || (event.key === " " && view.boxes[i].inside > 0))) activate(i);
    else if (event.key in keys && !(pressed && event.key === " ")) $(keys[event.key]).click();
    else return;
    event.preventDefault();
  });

  // What is told while leaves can be changed is told anew, see live.js; else why they cannot.

  const begin = linked(location.hash);
  if (story.model) live = leavesOf({ $, say, story, write, renew: () => {
    live.show(view);
    go(step);
  } });
  if ($("change")) {
    $("change").setAttribute("aria-expanded", "false");
    $("change").onclick = (event) => {
      $("leaves").hidden = !$("leaves").hidden;
      if (live && !event.detail && !$("leaves").hidden) $("rows").querySelector("input[type=range]").focus(); // by a key
      $("change").setAttribute("aria-expanded", String(!$("leaves").hidden));
    };
  }
  document.body.classList.add("ready");
  open(...begin);
})();
